@include tools/lite
SELECT 1 AS a
