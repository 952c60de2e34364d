@include action/sql/sqlite
@depend /*/Patient as p
SELECT * FROM p
