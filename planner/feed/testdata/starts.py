# Prints a line for each VEVENT and VTODO of the files named on stdin: file, UID and start (else DUE), in UTC.
# The reader is the argument: icalendar or vobject.
import datetime
import sys

reader = sys.argv[1]
if reader == "icalendar":
    import icalendar
else:
    import vobject


def word(t):
    if isinstance(t, datetime.datetime):
        return t.astimezone(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    return t.strftime("%Y%m%d")


for path in sys.stdin.read().split("\n"):
    if not path:
        continue
    with open(path, encoding="utf-8", newline="") as f:
        text = f.read()
    if reader == "icalendar":
        for cal in icalendar.Calendar.from_ical(text, multiple=True):
            for kind in ("VEVENT", "VTODO"):
                for c in cal.walk(kind):
                    print(path, c["UID"], word((c.get("DTSTART") or c["DUE"]).dt), sep="\t")
    else:
        for cal in vobject.readComponents(text):
            for c in cal.contents.get("vevent", []) + cal.contents.get("vtodo", []):
                print(path, c.uid.value, word((c.contents.get("dtstart") or c.contents["due"])[0].value), sep="\t")
