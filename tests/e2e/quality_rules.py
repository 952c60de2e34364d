"""quality_rules.py DIR: a small OMOP database with faults of every kind, the
check types of OHDSI's DataQualityDashboard over it as tests of nodes, and, from
plain counting, the verdict and number of rows of each. Writes the pipeline
into DIR and {test: [verdict, rows]} to stdout. Each type is asked three times:
with a threshold below the share that offends, just that share, and one above.

docs/DATA-QUALITY.md is the recipe; its rules are those of examples/quality."""
import csv
import datetime
import json
import os
import random
import shutil
import sys

random.seed(20261126)
ROOT, RULES = sys.argv[1], sys.argv[2]
DAY = datetime.date
want = {}
lines = {}  # node: directives


def day(low, high):
    return DAY.fromordinal(random.randint(low.toordinal(), high.toordinal()))


def some(value, share, other):
    return other if random.random() < share else value


def write(name, rows):
    os.makedirs(ROOT, exist_ok=True)
    with open(os.path.join(ROOT, name + ".csv"), "w", newline="") as f:
        out = csv.writer(f, lineterminator="\n")
        out.writerow(rows[0])
        for r in rows:
            out.writerow(["" if v is None else v for v in r.values()])


concepts = [dict(concept_id=i, domain_id=d, concept_class_id=k,
                 standard_concept=s, invalid_reason=v)
            for i, d, k, s, v in [
                (8507, "Gender", "Gender", "S", None), (8532, "Gender", "Gender", "S", None),
                (8527, "Race", "Race", "S", None), (8515, "Race", "Race", None, None),
                (9529, "Unit", "Unit", "S", None), (8582, "Unit", "Unit", "S", None),
                (3025315, "Measurement", "Lab Test", "S", None),
                (3013721, "Measurement", "Clinical Observation", "S", None),
                (4129902, "Condition", "Disorder", "S", None),
                (200962, "Condition", "Disorder", None, "U"), (0, "Metadata", "Undefined", None, None)]]
persons, visits, deaths, periods, conditions, eras, measures = [], [], [], [], [], [], []
for i in range(1, 201):
    born = day(DAY(1930, 1, 1), DAY(1990, 1, 1))
    persons.append(dict(
        person_id=some(i, 0.02, 1), gender_concept_id=some(random.choice([8507, 8532]), 0.03, 8527),
        race_concept_id=some(random.choice([8527, 8515]), 0.1, None), birth_date=born,
        race_source_value=some("white", 0.15, "?")))
people = {}
for p in persons:
    people.setdefault(p["person_id"], p)
for i, p in enumerate(list(people.values())[:60]):
    deaths.append(dict(person_id=p["person_id"], death_date=day(DAY(2015, 1, 1), DAY(2020, 1, 1))))
dead = {d["person_id"]: d["death_date"] for d in deaths}
for i, pid in enumerate(list(people)[:150]):
    a = day(DAY(2000, 1, 1), DAY(2010, 1, 1))
    for k in range(some(1, 0.1, 2)):
        periods.append(dict(period_id=2 * i + k, person_id=pid, start_date=a + datetime.timedelta(days=100 * k),
                            end_date=a + datetime.timedelta(days=400 + 100 * k)))
for i in range(1, 301):
    a = day(DAY(2000, 1, 1), DAY(2021, 1, 1))
    visits.append(dict(visit_id=i, person_id=random.choice(list(people)), start_date=a,
                       end_date=a + datetime.timedelta(days=some(random.randint(0, 9), 0.05, -1))))
for i in range(1, 401):
    v = random.choice(visits)
    conditions.append(dict(
        condition_id=i, person_id=some(v["person_id"], 0.03, 9000 + i), visit_id=v["visit_id"],
        condition_concept_id=random.choice([4129902, 4129902, 200962, 0, 3025315]),
        condition_source_value=some("C%d" % random.randint(0, 80), 0.1, None),
        start_date=v["start_date"] + datetime.timedelta(days=random.randint(-9, 14))))
for pid in sorted({c["person_id"] for c in conditions})[::2]:
    eras.append(dict(era_id=pid, person_id=pid))
for i in range(1, 501):
    measures.append(dict(
        measurement_id=i, person_id=random.choice(list(people)),
        measurement_concept_id=random.choice([3025315, 3013721, 0]),
        unit_concept_id=random.choice([9529, 9529, 8582, None]),
        value=some(round(random.uniform(1, 200), 1), 0.08, None),
        measurement_date=day(DAY(1940, 1, 1), DAY(2025, 1, 1)), value_source=random.choice(["12", "x", ""])))
tables = {"Concept": concepts, "Person": persons, "Death": deaths, "Period": periods, "Visit": visits,
          "Condition": conditions, "Era": eras, "Measurement": measures}
for name, rows in tables.items():
    write(name, rows)
    lines[name] = []
write("Dated", [dict(d=m["measurement_date"], n=m["measurement_id"]) for m in measures])
lines["Dated"] = ["@column d date", "@column n integer", "@column gone date"]
want["Dated column(gone)"] = ["error", None]
shutil.copytree(RULES, os.path.join(ROOT, "rules"))
concept = {c["concept_id"]: c for c in concepts}
male, female = 8507, 8532


def percents(bad, n):
    """Thresholds: below the share, at it (where a number can be), above it."""
    share = 100 * bad / n
    return sorted({max(0, round(share - 0.01, 2)), min(100, round(share + 0.01, 2)), 0, 100})


def call(node, text, rows, offends):
    """One of the eight tests, of all rows."""
    bad = sum(map(offends, rows))
    for p in percents(bad, len(rows)):
        test = "%s %g%%" % (text, p)
        lines[node].append("@test " + test)
        failed = 100 * bad > p * len(rows) + 1e-9
        want[node + " " + test] = ["failed" if failed else "ok", bad if failed else 0]


def rule(node, name, rule_name, args, bad, n):
    """A rule of the library, with a denominator of its own."""
    for p in percents(bad, n):
        path = "dq/%s_%s" % (name, str(p).replace(".", "_"))
        os.makedirs(os.path.join(ROOT, "dq"), exist_ok=True)
        with open(os.path.join(ROOT, path + ".sql"), "w") as f:
            f.write("@include rules/%s %s percent=%g\n" % (rule_name, args, p))
        lines[node].append("@test %s.sql" % path)
        failed = 100 * bad > p * n + 1e-9
        want["%s %s.sql" % (node, path)] = ["failed" if failed else "ok", bad if failed else 0]


def count(rows, key):
    seen = {}
    for r in rows:
        seen[r[key]] = seen.get(r[key], 0) + 1
    return seen


# field checks that are one of the eight words
call("Person", "not_null(race_concept_id)", persons, lambda r: r["race_concept_id"] is None)  # isRequired
ids = count(persons, "person_id")
call("Person", "unique(person_id)", persons, lambda r: ids[r["person_id"]] > 1)  # isPrimaryKey
call("Condition", "references(person_id, ./Person.person_id)", conditions,
     lambda r: r["person_id"] not in people)  # isForeignKey
call("Measurement", "range(value, 10, *)", measures,
     lambda r: r["value"] is not None and r["value"] < 10)  # plausibleValueLow
call("Measurement", "range(value, *, 150)", measures,
     lambda r: r["value"] is not None and r["value"] > 150)  # plausibleValueHigh
call("Measurement", "range(measurement_date, 1950-01-01, *)", measures,
     lambda r: r["measurement_date"] < DAY(1950, 1, 1))  # the same of a date
call("Condition", "in(condition_concept_id, 4129902, 200962, 3025315)", conditions,
     lambda r: r["condition_concept_id"] == 0)  # standardConceptRecordCompleteness
call("Measurement", "match(value_source, '^[0-9]')", measures,
     lambda r: r["value_source"] == "x")  # cdmDatatype of a text
for share in 0.80, 0.99:  # measureValueCompleteness
    filled = sum(m["value"] is not None for m in measures)
    test = "coverage(value, %g)" % share
    lines["Measurement"].append("@test " + test)
    want["Measurement " + test] = ["ok" if filled >= share * len(measures) else "failed", None]
# @key is isPrimaryKey, too: it says how many
lines["Person"].append("@key person_id")
want["Person key(person_id)"] = ["failed", sum(n for n in ids.values() if n > 1)]

# those that need other tables, or count among some of the rows
rule("Person", "fk_domain", "fk_domain", "table=/Person column=gender_concept_id domain=Gender",
     sum(concept[p["gender_concept_id"]]["domain_id"] != "Gender" for p in persons), len(persons))
rule("Measurement", "fk_class", "fk_class",
     "table=/Measurement column=measurement_concept_id class='Lab Test'",
     sum(concept[m["measurement_concept_id"]]["concept_class_id"] != "Lab Test" for m in measures), len(measures))
valid = [c for c in conditions if c["condition_concept_id"] != 0]
rule("Condition", "standard", "standard_valid", "table=/Condition column=condition_concept_id",
     sum(concept[c["condition_concept_id"]]["standard_concept"] != "S" or
         concept[c["condition_concept_id"]]["invalid_reason"] is not None for c in valid), len(conditions))
coded = {}
for c in conditions:
    coded.setdefault(c["condition_source_value"], set()).add(c["condition_concept_id"])
rule("Condition", "source", "source_value",
     "table=/Condition column=condition_source_value concept=condition_concept_id",
     sum(1 for v, k in coded.items() if v is not None and 0 in k), sum(v is not None for v in coded))
rule("Visit", "start_end", "start_before_end", "table=/Visit start=start_date end=end_date",
     sum(v["end_date"] < v["start_date"] for v in visits), len(visits))
known = [(m, p) for m in measures for p in persons if p["person_id"] == m["person_id"]]
rule("Measurement", "after_birth", "after_birth", "table=/Measurement column=measurement_date",
     sum(m["measurement_date"] < p["birth_date"] for m, p in known), len(known))
mortal = [m for m in measures if m["person_id"] in dead]
rule("Measurement", "before_death", "before_death", "table=/Measurement column=measurement_date days=60",
     sum(m["measurement_date"] > dead[m["person_id"]] + datetime.timedelta(days=60) for m in mortal), len(mortal))
visit = {v["visit_id"]: v for v in visits}
week = datetime.timedelta(days=7)
rule("Condition", "within_visit", "within_visit", "table=/Condition column=start_date",
     sum(not (visit[c["visit_id"]]["start_date"] - week <= c["start_date"] <= visit[c["visit_id"]]["end_date"] + week)
         for c in conditions), len(conditions))
asked = [p for c in conditions if c["condition_concept_id"] == 4129902
         for p in persons if p["person_id"] == c["person_id"]]
rule("Condition", "gender", "gender", "table=/Condition column=condition_concept_id concept=4129902 gender=%d" % male,
     sum(p["gender_concept_id"] != male for p in asked), len(asked))
units = [m for m in measures if m["measurement_concept_id"] == 3025315 and m["unit_concept_id"] is not None]
rule("Measurement", "unit", "unit",
     "table=/Measurement column=measurement_concept_id concept=3025315 units=(9529)",
     sum(m["unit_concept_id"] != 9529 for m in units), len(units))
had = {m["person_id"] for m in measures}
rule("Person", "person", "person_completeness", "table=/Measurement",
     sum(p not in had for p in people), len(people))
sick, covered = {c["person_id"] for c in conditions}, {e["person_id"] for e in eras}
rule("Condition", "era", "era_completeness", "table=/Condition era=/Era",
     sum(p not in covered for p in sick), len(sick))
overlap = set()
for a in periods:
    for b in periods:
        if a is not b and a["person_id"] == b["person_id"] and \
                a["start_date"] <= b["end_date"] and b["start_date"] <= a["end_date"]:
            overlap.add(a["person_id"])
rule("Period", "overlap", "period_overlap", "table=/Period", len(overlap), len({p["person_id"] for p in periods}))

for name, text in lines.items():
    if text:
        with open(os.path.join(ROOT, name), "w") as f:
            f.write("\n".join(text) + "\n")
json.dump(want, sys.stdout, indent=1, sort_keys=True)
