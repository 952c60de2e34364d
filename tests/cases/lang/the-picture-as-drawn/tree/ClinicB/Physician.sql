@override
@depend super
SELECT id FROM super WHERE id > 0
