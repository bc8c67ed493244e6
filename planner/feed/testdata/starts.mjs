// Prints a line for each VEVENT and VTODO of the files named on stdin: file, UID and start (else DUE), in UTC.
// The reader is the argument: ical.js or node-ical.
import fs from "node:fs";
import ICAL from "ical.js";
import nodeIcal from "node-ical";

const reader = process.argv[2];
const utc = (d) => d.toISOString().replace(/[-:]|\.000/g, "");
const day = (d) => [d.getFullYear(), String(d.getMonth() + 1).padStart(2, "0"), String(d.getDate()).padStart(2, "0")].join("");
for (const path of fs.readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const text = fs.readFileSync(path, "utf8");
  if (reader === "ical.js") {
    let calendars = ICAL.parse(text);
    if (typeof calendars[0] === "string") calendars = [calendars];
    for (const c of calendars.map((x) => new ICAL.Component(x)))
      for (const e of [...c.getAllSubcomponents("vevent"), ...c.getAllSubcomponents("vtodo")]) {
        const t = e.getFirstPropertyValue("dtstart") ?? e.getFirstPropertyValue("due");
        const id = e.getFirstProperty("dtstart")?.getParameter("tzid");
        const zone = id && c.getAllSubcomponents("vtimezone").find((z) => z.getFirstPropertyValue("tzid") === id);
        if (zone) t.zone = new ICAL.Timezone(zone);
        console.log([path, e.getFirstPropertyValue("uid"), t.isDate ? t.toString().replaceAll("-", "") : utc(t.toJSDate())].join("\t"));
      }
    continue;
  }
  for (const one of text.split(/(?<=END:VCALENDAR\r\n)/)) // node-ical keeps one calendar of a file
    for (const e of Object.values((nodeIcal.default ?? nodeIcal).sync.parseICS(one)))
      if (e.type === "VEVENT" || e.type === "VTODO") {
        const t = e.start ?? e.due;
        console.log([path, e.uid, (e.start ? e.datetype === "date" : t.dateOnly) ? day(t) : utc(t)].join("\t"));
      }
}
