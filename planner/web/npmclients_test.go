package web

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// The readers of npm, at fixed versions, in a folder of their own: by `make clients`, with LIANXIN_NPM set, since they come
// over the network.
func TestTheNpmReadersAgreeOnUIDsAndStarts(t *testing.T) {
	if os.Getenv("LIANXIN_NPM") == "" {
		return
	}
	_, sign := davTown(t)
	d := sign("leader")
	dir := t.TempDir()
	client(t, dir, "", []string{"PATH=/usr/local/bin:/usr/bin:/bin"}, "npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "ical.js@2.2.1", "node-ical@0.26.1")
	text := d.want(200, "GET", d.home+"cadre-L1/", "", nil).body
	script(t, dir, "feed.ics", text)
	script(t, dir, "read.mjs", `
import fs from "node:fs";
import ICAL from "ical.js";
import nodeIcal from "node-ical";
const text = fs.readFileSync("feed.ics", "utf8");
const root = new ICAL.Component(ICAL.parse(text));
for (const z of root.getAllSubcomponents("vtimezone")) ICAL.TimezoneService.register(new ICAL.Timezone(z));
for (const c of root.getAllSubcomponents("vevent")) {
  const e = new ICAL.Event(c);
  console.log("ical.js", e.uid, e.startDate.isDate ? e.startDate.toString() : e.startDate.toJSDate().toISOString());
}
for (const e of Object.values((nodeIcal.default ?? nodeIcal).sync.parseICS(text)))
  if (e.type === "VEVENT") console.log("node-ical", e.uid, e.datetype === "date" ? [e.start.getFullYear(), String(e.start.getMonth() + 1).padStart(2, "0"), String(e.start.getDate()).padStart(2, "0")].join("-") : e.start.toISOString());
`)
	out := client(t, dir, "", []string{"PATH=/usr/local/bin:/usr/bin:/bin"}, "node", "read.mjs")
	read := map[string][]string{}
	for l := range strings.Lines(out) {
		reader, rest, _ := strings.Cut(strings.TrimSpace(l), " ")
		read[reader] = append(read[reader], rest)
	}
	for _, list := range read {
		slices.Sort(list)
	}
	want := len(uidsOf(text))
	if len(read["ical.js"]) != want || !slices.Equal(read["ical.js"], read["node-ical"]) || want < 20 {
		t.Errorf("%d events: ical.js reads %d, node-ical %d, or they disagree:\n%s", want, len(read["ical.js"]), len(read["node-ical"]), out)
	}
	if !strings.Contains(out, "T00:30:00.000Z") {
		t.Errorf("8:30 in Shanghai is not 0:30 in UTC:\n%.500s", out)
	}
}
