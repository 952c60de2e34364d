@depend ./Y
SELECT * FROM Y
