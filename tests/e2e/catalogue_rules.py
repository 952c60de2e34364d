"""catalogue_rules.py DIR RULES: a database of OMOP's shape with 16 tables and
faults of every kind, and hundreds of rules over it, as the catalogue of OHDSI's
DataQualityDashboard has them: a line for each field and each concept of a list.
Writes the pipeline into DIR and, from plain counting, {test: [verdict, rows]}
to stdout; where a row lacks what a rule asks for it is not among those that the
rule looks at. RULES is examples/quality/rules."""
import csv
import datetime
import json
import os
import random
import shutil
import sys

ROOT, RULES = sys.argv[1], sys.argv[2]
R = random.Random("a catalogue")
NOW = datetime.datetime(2021, 6, 1)
PEOPLE, CARE, PLACES = 120, 15, 10

# field: id, person, ref TABLE, concept DOMAIN, time, day, number LOW HIGH, code FIELD, text;
# "!" behind it: required
SCHEMA = {
    "Place": "place_id:id city:text! zip:text",
    "Site": "site_id:id! place_id:ref=Place kind_concept_id:concept=Place",
    "Provider": "provider_id:id! site_id:ref=Site specialty_concept_id:concept=Provider name:text",
    "Person": "person_id:id! gender_concept_id:concept=Gender! race_concept_id:concept=Race "
              "birth_date:time! place_id:ref=Place site_id:ref=Site race_source_value:text",
    "Death": "person_id:person! death_date:day! cause_concept_id:concept=Condition",
    "Period": "period_id:id! person_id:person! start_date:day! end_date:day!",
    "Visit": "visit_id:id! person_id:person! visit_concept_id:concept=Visit! start_date:day! "
             "end_date:day! provider_id:ref=Provider site_id:ref=Site",
    "Condition": "condition_id:id! person_id:person! condition_concept_id:concept=Condition! "
                 "start_date:time! end_date:time visit_id:ref=Visit type_concept_id:concept=Type! "
                 "condition_source_value:code=condition_concept_id",
    "Era": "era_id:id! person_id:person! start_date:day! end_date:day!",
    "Drug": "drug_id:id! person_id:person! drug_concept_id:concept=Drug! start_date:day! "
            "end_date:day! quantity:number=0,1000 days_supply:number=1,365 refills:number=0,24 "
            "visit_id:ref=Visit type_concept_id:concept=Type! drug_source_value:code=drug_concept_id",
    "Procedure": "procedure_id:id! person_id:person! procedure_concept_id:concept=Procedure! "
                 "start_date:time! quantity:number=1,50 visit_id:ref=Visit provider_id:ref=Provider "
                 "type_concept_id:concept=Type! procedure_source_value:code=procedure_concept_id",
    "Device": "device_id:id! person_id:person! device_concept_id:concept=Device! start_date:day! "
              "end_date:day quantity:number=1,20 visit_id:ref=Visit "
              "device_source_value:code=device_concept_id",
    "Measurement": "measurement_id:id! person_id:person! measurement_concept_id:concept=Measurement! "
                   "start_date:time! value_as_number:number=0,500 unit_concept_id:concept=Unit "
                   "visit_id:ref=Visit provider_id:ref=Provider type_concept_id:concept=Type! "
                   "measurement_source_value:code=measurement_concept_id",
    "Observation": "observation_id:id! person_id:person! observation_concept_id:concept=Observation! "
                   "start_date:day! visit_id:ref=Visit type_concept_id:concept=Type! "
                   "observation_source_value:code=observation_concept_id",
    "Specimen": "specimen_id:id! person_id:person! specimen_concept_id:concept=Specimen! "
                "start_date:day! quantity:number=0,100 unit_concept_id:concept=Unit",
    "Note": "note_id:id! person_id:person! start_date:time! class_concept_id:concept=Note! "
            "visit_id:ref=Visit provider_id:ref=Provider text:text!",
}
SIZES = {"Place": PLACES, "Site": 8, "Provider": CARE, "Person": PEOPLE, "Death": 30, "Visit": 250, "Era": 90}
fields = {t: [(f.split(":")[0], f.split(":")[1].rstrip("!").partition("="), f.endswith("!"))
              for f in text.split()] for t, text in SCHEMA.items()}
concepts = {0: ("Metadata", None, None)}
for d in sorted({k[2] for f in fields.values() for _, k, _ in f if k[0] == "concept"}):
    for _ in range(5):
        concepts[1000 + len(concepts)] = (d, "S" if R.random() < 0.8 else None, "D" if R.random() < 0.1 else None)
of = {}
for c, (d, _, _) in concepts.items():
    of.setdefault(d, []).append(c)


def moment(table, name):
    if table == "Person":
        return datetime.datetime(1930, 1, 1, 5) + datetime.timedelta(hours=R.randrange(600000))
    if table == "Death" or name == "death_date":
        return datetime.datetime(2019, 1, 1) + datetime.timedelta(days=R.randrange(700))
    return datetime.datetime(2000, 1, 1) + datetime.timedelta(minutes=R.randrange(11000000))


def draw(table, name, kind, required, row, i):
    what, _, more = kind
    if R.random() < (0.01 if required else 0.1) and what != "id":
        return None
    if what == "id":
        return i if R.random() > 0.01 else 1
    if what == "person":
        return R.randrange(1, PEOPLE - 20) if R.random() > 0.02 else 9000 + i
    if what == "ref":
        return R.randrange(1, SIZES[more] + 1) if R.random() > 0.02 else 7000 + i
    if what == "concept":
        odd = R.random()
        return 0 if odd < 0.04 else R.choice(list(concepts)) if odd < 0.07 else R.choice(of[more])
    if what in ("day", "time"):
        at = moment(table, name)
        if name == "end_date" and row.get("start_date"):
            begun = datetime.datetime.fromisoformat(str(row["start_date"]))
            at = begun + datetime.timedelta(hours=R.randrange(-20, 400))
        if row.get("visit_id") in visits and name == "start_date" and R.random() < 0.8:
            at = visits[row["visit_id"]][0] + datetime.timedelta(days=R.randrange(-9, 12), hours=R.randrange(24))
        return at.strftime("%Y-%m-%d" if what == "day" else "%Y-%m-%d %H:%M:%S")
    if what == "number":
        low, high = map(int, more.split(","))
        return R.randrange(low - 2, high + 3) if R.random() < 0.3 else R.randrange(low, high)
    return R.choice(["a", "b", "c d", "é", 'q"q', "e,f"])


tables, visits = {}, {}
for t, f in fields.items():
    order = sorted(f, key=lambda x: x[0] != "visit_id")
    tables[t] = []
    for i in range(1, SIZES.get(t, 200) + 1):
        row = {}
        for name, kind, required in order:
            row[name] = draw(t, name, kind, required, row, i)
        tables[t].append({name: row[name] for name, _, _ in f})
    if t == "Visit":
        for v in tables[t]:
            if v["start_date"] and v["end_date"]:
                visits.setdefault(v["visit_id"], tuple(map(datetime.datetime.fromisoformat, (v["start_date"], v["end_date"]))))
tables["Concept"] = [{"concept_id": c, "domain_id": d, "standard_concept": s, "invalid_reason": v}
                     for c, (d, s, v) in concepts.items()]
for t, rows in tables.items():
    os.makedirs(ROOT, exist_ok=True)
    with open(os.path.join(ROOT, t + ".csv"), "w", newline="", encoding="utf-8") as out:
        w = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
        w.writeheader()
        w.writerows(rows)
shutil.copytree(RULES, os.path.join(ROOT, "rules"))
want, lines = {}, {t: [] for t in tables}


def percent(bad, n):
    """A threshold as a catalogue has them: below the share, or above it."""
    share = 100 * bad / n if n else 0
    return R.choice([0, max(0, round(share - 0.5, 1)), min(100, round(share + 0.5, 1))])


def call(t, text, offends, is_any=False):
    rows, bad = tables[t], sum(map(offends, tables[t]))
    p = 0 if is_any else percent(bad, len(rows))
    test = text if p == 0 else "%s %g%%" % (text, p)
    lines[t].append("@test " + test)
    failed = 100 * bad > p * len(rows) + 1e-9
    want["%s %s" % (t, test)] = ["failed" if failed else "ok", bad if failed else 0]


def rule(t, name, which, args, bad, n):
    p = percent(bad, n)
    path = "dq/%s_%s" % (t, name)
    os.makedirs(os.path.join(ROOT, "dq"), exist_ok=True)
    with open(os.path.join(ROOT, path + ".sql"), "w", encoding="utf-8") as out:
        out.write("@include rules/%s table=/%s %s percent=%g\n" % (which, t, args, p))
    lines[t].append("@test %s.sql" % path)
    failed = 100 * bad > p * n + 1e-9
    want["%s %s.sql" % (t, path)] = ["failed" if failed else "ok", bad if failed else 0]


def day(text):
    return None if text is None else datetime.date.fromisoformat(text[:10])


def by(t, key):
    out = {}
    for r in tables[t]:
        out.setdefault(r[key], []).append(r)
    return out


def joined(t, other, key):
    """Pairs of rows, as a join has them."""
    there = by(other, key)
    return [(r, o) for r in tables[t] if r[key] is not None for o in there.get(r[key], [])]


def of_concept(t, name, domain):
    def is_bad(c):
        return concepts[c][0] != domain
    rows = [r for r in tables[t] if r[name] is not None]
    rule(t, name + "_domain", "fk_domain", "column=%s domain=%s" % (name, domain),
         sum(is_bad(r[name]) for r in rows), len(tables[t]))
    rule(t, name + "_standard", "standard_valid", "column=%s" % name,
         sum(r[name] != 0 and (concepts[r[name]][1] != "S" or concepts[r[name]][2] is not None) for r in rows),
         len(tables[t]))
    call(t, "references(%s, ./Concept.concept_id)" % name, lambda r: False)
    call(t, "range(%s, 1, *)" % name, lambda r: r[name] == 0)


def of_moment(t, name):
    call(t, "range(%s, 1950-01-01, *)" % name, lambda r: r[name] is not None and r[name] < "1950-01-01")
    call(t, "range(%s, *, 2020-12-01)" % name, lambda r: r[name] is not None and r[name] > "2020-12-01")
    if "person_id" not in tables[t][0] or t in ("Person", "Death"):
        return
    pairs = joined(t, "Person", "person_id")
    rule(t, name + "_birth", "after_birth", "column=%s" % name,
         sum(r[name] is not None and o["birth_date"] is not None and day(r[name]) < day(o["birth_date"])
             for r, o in pairs), len(pairs))
    pairs = joined(t, "Death", "person_id")
    rule(t, name + "_death", "before_death", "column=%s days=60" % name,
         sum(r[name] is not None and o["death_date"] is not None and
             day(r[name]) > day(o["death_date"]) + datetime.timedelta(days=60) for r, o in pairs), len(pairs))
    if "visit_id" in tables[t][0] and t != "Visit":
        week, pairs = datetime.timedelta(days=7), joined(t, "Visit", "visit_id")
        rule(t, name + "_visit", "within_visit", "column=%s" % name,
             sum(r[name] is not None and bool(
                 o["start_date"] and day(r[name]) < day(o["start_date"]) - week or
                 o["end_date"] and day(r[name]) > day(o["end_date"]) + week)
                 for r, o in pairs), len(pairs))


def of_code(t, name, concept):
    codes = {}
    for r in tables[t]:
        if r[name] is not None:
            codes.setdefault(r[name], set()).add(r[concept])
    rule(t, name + "_codes", "source_value", "column=%s concept=%s" % (name, concept),
         sum(0 in c for c in codes.values()), len(codes))


def of_table(t):
    names = list(tables[t][0])
    if "person_id" in names and t not in ("Person", "Death"):
        people, had = {p["person_id"] for p in tables["Person"]}, {r["person_id"] for r in tables[t]}
        rule(t, "persons", "person_completeness", "", len(people - had), len(people))
    if t == "Condition":
        sick, had = ({r["person_id"] for r in tables[o]} - {None} for o in (t, "Era"))
        rule(t, "eras", "era_completeness", "era=/Era", len(sick - had), len(sick))
    if "end_date" in names:
        rule(t, "ends", "start_before_end", "start=start_date end=end_date",
             sum(r["start_date"] is not None and r["end_date"] is not None and
                 day(r["end_date"]) < day(r["start_date"]) for r in tables[t]), len(tables[t]))


def of_concepts():
    """The list of concepts: their gender, unit, and values in that unit."""
    for t, name in ("Condition", "condition_concept_id"), ("Procedure", "procedure_concept_id"):
        for c in of[t]:
            gender = of["Gender"][c % 2]
            pairs = [o for r, o in joined(t, "Person", "person_id") if r[name] == c]
            rule(t, "gender_%d" % c, "gender", "column=%s concept=%d gender=%d" % (name, c, gender),
                 sum(o["gender_concept_id"] not in (None, gender) for o in pairs), len(pairs))
    name, unit, value = "measurement_concept_id", "unit_concept_id", "value_as_number"
    for c in of["Measurement"]:
        rows = [r for r in tables["Measurement"] if r[name] == c]
        known, units = [r for r in rows if r[unit] is not None], of["Unit"][:3]
        rule("Measurement", "unit_%d" % c, "unit", "column=%s concept=%d units=(%s)" % (
            name, c, ",".join(map(str, units))), sum(r[unit] not in units for r in known), len(known))
        for u in of["Unit"]:
            for low, high in (20, 480), (-1, 250.5):
                there = [r for r in rows if r[unit] == u and r[value] is not None]
                rule("Measurement", "value_%d_%d_%d" % (c, u, high), "value_range",
                     "column=%s concept=%d value=%s unit=%d low=%g high=%g" % (name, c, value, u, low, high),
                     sum(not low <= r[value] <= high for r in there), len(there))


for t, f in fields.items():
    for name, (what, _, more), required in f:
        count = {}
        for r in tables[t]:
            count[r[name]] = count.get(r[name], 0) + 1
        lines[t].append("@column %s %s" % (name, "text" if what in ("text", "code") else
                                           {"day": "date", "time": "timestamp"}.get(what, "integer")))
        if required:
            call(t, "not_null(%s)" % name, lambda r: r[name] is None, True)
        else:
            call(t, "not_null(%s)" % name, lambda r: r[name] is None)
        if what == "id":
            call(t, "unique(%s)" % name, lambda r: count[r[name]] > 1, True)
        elif what in ("person", "ref"):
            other, key = ("Person", "person_id") if what == "person" else (more, more.lower() + "_id")
            keys = {o[key] for o in tables[other]}
            call(t, "references(%s, ./%s.%s)" % (name, other, key),
                 lambda r: r[name] is not None and r[name] not in keys)
        elif what == "concept":
            of_concept(t, name, more)
        elif what in ("day", "time"):
            of_moment(t, name)
        elif what == "number":
            low, high = map(int, more.split(","))
            call(t, "range(%s, %d, *)" % (name, low), lambda r: r[name] is not None and r[name] < low)
            call(t, "range(%s, *, %d)" % (name, high), lambda r: r[name] is not None and r[name] > high)
        elif what == "code":
            of_code(t, name, more)
    of_table(t)
of_concepts()
lines["Person"].append("@column nowhere date")
want["Person column(nowhere)"] = ["error", None]
for t, text in lines.items():
    if text:
        with open(os.path.join(ROOT, t), "w", encoding="utf-8") as out:
            out.write("\n".join(text) + "\n")
json.dump(want, sys.stdout, indent=1, sort_keys=True)
