#!/usr/bin/env python3
# @include action/python
print(1)
