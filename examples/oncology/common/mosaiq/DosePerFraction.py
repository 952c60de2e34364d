# @include action/python
# @depend ./Prescription (prescription_id, dose_cgy, fractions)
# @key prescription_id
# @column dose_per_fraction_cgy real cGy ±1e-9
# @test in(hypofractionated, yes, no)
# @doc Dose of one fraction, and whether it is hypofractionated (above 250 cGy).
import csv

with open("in/Prescription.csv", newline="") as source, \
        open("out.csv", "w", newline="") as target:
    out = csv.writer(target, lineterminator="\n")
    out.writerow(["prescription_id", "dose_per_fraction_cgy", "hypofractionated"])
    for row in csv.DictReader(source):
        if not row["dose_cgy"] or not int(row["fractions"] or 0):
            continue
        dose = float(row["dose_cgy"]) / int(row["fractions"])
        out.writerow([row["prescription_id"], repr(dose),
                      "yes" if dose > 250 else "no"])
