package feed

import (
	"slices"
	"testing"
)

// BenchmarkEncode writes one leader's year; events/s is per core.
func BenchmarkEncode(b *testing.B) {
	c, err := NewIndex(source(2)).Build(KindCadre, "C0", "zh")
	if err != nil {
		b.Fatal(err)
	}
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		if buf, err = Append(buf[:0], c); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(c.Events)*b.N)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkBuildAndEncode draws and writes one leader's year from a county's index.
func BenchmarkBuildAndEncode(b *testing.B) {
	x := NewIndex(source(200))
	events := 0
	b.ReportAllocs()
	for b.Loop() {
		c, err := x.Build(KindCadre, "C0", "zh")
		if err != nil {
			b.Fatal(err)
		}
		if _, err := Append(nil, c); err != nil {
			b.Fatal(err)
		}
		events += len(c.Events)
	}
	b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkCounty indexes 1,260 cadres and draws and writes all their feeds.
func BenchmarkCounty(b *testing.B) {
	src := source(1260)
	for b.Loop() {
		x := NewIndex(src)
		for _, who := range x.Feeds() {
			render(b, x, who.Kind, who.Ref)
		}
	}
}

func TestEncodingTakesNoAllocationPerEvent(t *testing.T) {
	c, err := NewIndex(source(1)).Build(KindCadre, "C0", "zh")
	if err != nil {
		t.Fatal(err)
	}
	c.Events = slices.SortedFunc(slices.Values(c.Events), compareEvents)
	var buf []byte
	n := testing.AllocsPerRun(20, func() {
		if buf, err = Append(buf[:0], c); err != nil {
			t.Fatal(err)
		}
	})
	if per := n / float64(len(c.Events)); per > 10 {
		t.Errorf("got %.1f allocations an event, want at most 10", per)
	}
}

func TestAColdFeedTakesAtMostTenAllocationsAnEvent(t *testing.T) {
	x := NewIndex(source(2))
	events := 0
	n := testing.AllocsPerRun(20, func() {
		c, err := x.Build(KindCadre, "C0", "zh")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Append(nil, c); err != nil {
			t.Fatal(err)
		}
		events = len(c.Events)
	})
	if per := n / float64(events); per > 10 {
		t.Errorf("got %.1f allocations an event, want at most 10", per)
	}
}
