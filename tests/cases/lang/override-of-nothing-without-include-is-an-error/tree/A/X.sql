@override
SELECT 1 AS a
