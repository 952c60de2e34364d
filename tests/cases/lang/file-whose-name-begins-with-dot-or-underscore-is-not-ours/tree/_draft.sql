@include nothing/here
SELECT
