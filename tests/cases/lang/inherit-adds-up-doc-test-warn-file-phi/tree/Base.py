# @include action/python
# @doc One.
# @test not_null(a)
# @warn rows(1, 2)
# @file ./a.py
# @phi name
print(1)
