# @override
{ print 2 }
