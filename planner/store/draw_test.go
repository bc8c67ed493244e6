package store

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// anyText is made of what JSON escapes, of Chinese, of broken UTF-8 and of plain letters.
func anyText(r *rand.Rand) string {
	pieces := []string{"", "a", "mwd/202601/id-1", "顺延", "\"", "\\", "<", ">", "&", "\n", "\x00", "\x1f", "\x7f", "\u2028", "\u2029", "\xe2\x80", "\xff", "é", "𠀀", "\ufffd", "/"}
	s := ""
	for range r.IntN(5) {
		s += pieces[r.IntN(len(pieces))]
	}
	return s
}

// fillRow gives every field of a row struct some value, the zero one among them.
func fillRow(r *rand.Rand, row reflect.Value) {
	for i := range row.NumField() {
		f := row.Field(i)
		switch x := f.Addr().Interface().(type) {
		case *civil.Date:
			if r.IntN(4) > 0 {
				*x = civil.Of(1+r.IntN(9999), 1, 1).AddDays(r.IntN(300))
			}
		case *civil.Instant:
			if r.IntN(4) > 0 {
				*x = civil.At(time.Unix(r.Int64N(1<<33), r.Int64N(2)*r.Int64N(1e9)))
			}
		default:
			switch f.Kind() {
			case reflect.String:
				f.SetString(anyText(r))
			case reflect.Slice:
				for range r.IntN(4) {
					f.Set(reflect.Append(f, reflect.ValueOf(planner.Reason{Rule: anyText(r), Price: planner.Seconds(r.IntN(9000) - 4500),
						Say: planner.Text{ZH: anyText(r), EN: anyText(r)}, Private: r.IntN(2) == 0})))
				}
			case reflect.Int, reflect.Int64:
				f.SetInt(r.Int64N(2000) - 100)
			default:
				panic("a field of a kind that no image is drawn of: " + row.Type().Field(i).Name)
			}
		}
	}
}

func TestImagesDrawnWithoutReflectionAreThoseOfJSON(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		var e eventRow
		var v visitRow
		var p pairingRow
		fillRow(r, reflect.ValueOf(&e).Elem())
		fillRow(r, reflect.ValueOf(&v).Elem())
		fillRow(r, reflect.ValueOf(&p).Elem())
		for _, x := range []struct {
			row  any
			make func() ([]byte, error)
		}{{e, func() ([]byte, error) { return events.image(e) }}, {v, func() ([]byte, error) { return visits.image(v) }}, {p, func() ([]byte, error) { return pairings.image(p) }},
			{p.Reasons, func() ([]byte, error) { return []byte(p.values()[7].(string)), nil }}} {
			want, err := json.Marshal(x.row)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := x.make(); err != nil || string(got) != string(want) {
				t.Fatalf("got  %s, %v\nwant %s", got, err, want)
			}
		}
	}
}
