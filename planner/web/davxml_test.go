package web

import (
	"fmt"
	"strings"
	"testing"
)

// spell writes an element down for messages.
func spell(e *element) string {
	if e == nil {
		return "nothing"
	}
	out := fmt.Sprintf("{%s}%s%q%q(", e.Space, e.Local, e.attrs, e.text)
	for _, k := range e.kids {
		out += spell(k)
	}
	return out + ")"
}

func TestPlainXMLIsReadAsEncodingXMLReadsIt(t *testing.T) {
	const ns = ` xmlns:D="DAV:" xmlns:C='urn:ietf:params:xml:ns:caldav'`
	for _, doc := range []string{
		propfindOf("D:getetag", "C:calendar-data"), `<propfind xmlns="DAV:"><prop><getetag/><x xmlns=""/></prop></propfind>`, "<?xml version='1.0' encoding='UTF-8'?>\n<a:b" + strings.ReplaceAll(ns, "D", "a") + " >\n <a:c\n/> </a:b >\n",
		`<D:a` + ns + `><C:text-match collation="i;octet" negate-condition='yes'> 我 > "x" </C:text-match>x<D:b>1</D:b>y<D:b/>z</D:a>`, `<D:a` + ns + `><C:b xmlns:C="urn:other"><C:c/></C:b><C:b/></D:a>`,
		strings.Repeat(`<a>`, maxDavDepth) + strings.Repeat(`</a>`, maxDavDepth), `<a.b-c_1/>`,
	} {
		plain, ok := parsePlain([]byte(doc))
		any, err := parseAny([]byte(doc))
		if !ok || err != nil || spell(plain) != spell(any) {
			t.Errorf("%s\nplainly (%v) %s\nby encoding/xml (%v) %s", doc, ok, spell(plain), err, spell(any))
		}
	}
	// What is not plain, or wrong, is left to encoding/xml.
	for _, doc := range []string{"", "x", "<a/>x", "<a/><a/>", "<a>", "</a>", "<a></b>", "<a>&amp;</a>", "<a>\r\n</a>", "<!-- --><a/>", "<a><![CDATA[x]]></a>", "<?x?><a/>", "<!DOCTYPE a><a/>", "<a b=c/>", `<a b="<"/>`, `<a b="1"c="2"/>`, "<x:a/>", `<a xmlns:x=""/>`,
		`<a xmlns="relative"/>`, `<a xml:lang="zh"/>`, "<é/>", "<a>\x00</a>", "<a>\xff</a>", "<a>]]></a>", "<a:b:c/>", "<:a/>", "<a:/>", "<1/>", `<?xml version="1.0" encoding="GB18030"?><a/>`, "<a \ufffe=''/>", strings.Repeat(`<a>`, maxDavDepth+1) + strings.Repeat(`</a>`, maxDavDepth+1), "<a>" + strings.Repeat("<b/>", maxDavElements) + "</a>"} {
		if e, ok := parsePlain([]byte(doc)); ok {
			t.Errorf("%.60q was read as %s", doc, spell(e))
		}
	}
}

func BenchmarkMultigetXML(b *testing.B) {
	var doc strings.Builder
	doc.WriteString(`<?xml version="1.0"?><C:calendar-multiget xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop><D:getetag/><C:calendar-data/></D:prop>`)
	for i := range 60 {
		fmt.Fprintf(&doc, "<D:href>/dav/calendars/A1/cadre-C1/U6MTN7QJIJYQGW5O62K5V5L%03d.ics</D:href>", i)
	}
	doc.WriteString(`</C:calendar-multiget>`)
	text := []byte(doc.String())
	for name, parse := range map[string]func([]byte) (*element, error){"plain": parseXML, "any": parseAny} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := parse(text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
