# @author somebody
# @version 1
print(1)
