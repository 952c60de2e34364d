@include action/lite
SELECT 1 AS a
