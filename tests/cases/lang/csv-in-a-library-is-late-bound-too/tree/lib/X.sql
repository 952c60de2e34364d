@include action/sql/sqlite
@depend ./Codes
SELECT a FROM Codes
