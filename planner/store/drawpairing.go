package store

import (
	"strconv"

	"lianxin/planner"
)

// A prefecture's plan has a million pairings, each with three or four reasons, drawn for the audit and again for the column.

func drawPairing(b []byte, r pairingRow) []byte {
	d := drawing{b: append(b, '{')}
	d.text("id", r.ID)
	d.text("plan", r.Plan)
	d.text("tier", r.Tier)
	d.text("cadre", r.Cadre)
	d.text("household", string(r.Household))
	d.text("area", string(r.Area))
	d.key("price")
	d.b = strconv.AppendInt(d.b, r.Price, 10)
	d.key("reasons")
	d.b = appendReasons(d.b, r.Reasons)
	d.text("origin", r.Origin)
	d.text("was", string(r.Was))
	return append(d.b, '}')
}

// appendReasons appends reasons as [list.MarshalJSON] makes them.
func appendReasons(b []byte, rs []planner.Reason) []byte {
	b = append(b, '[')
	for i, r := range rs {
		if i > 0 {
			b = append(b, ',')
		}
		d := drawing{b: append(b, '{')}
		d.text("rule", r.Rule)
		d.key("price")
		d.b = strconv.AppendInt(d.b, int64(r.Price), 10)
		d.key("say")
		d.b = appendText(append(d.b, `{"zh":`...), r.Say.ZH)
		d.b = append(appendText(append(d.b, `,"en":`...), r.Say.EN), '}')
		if r.Private {
			d.b = append(d.b, `,"private":true`...)
		}
		b = append(d.b, '}')
	}
	return append(b, ']')
}
