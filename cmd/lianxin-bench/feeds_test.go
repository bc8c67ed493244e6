package main

import (
	"bytes"
	"encoding/json"
	"testing"
)

// A short run over wrk, without Radicale: every kind of request is answered without an error.
func TestFeedsAreMeasuredWithoutAnError(t *testing.T) {
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"feeds", "--alone", "--rounds", "1", "--seconds", "1", "--hostile", "3", "--json"}, &out, &errs); code != 0 {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	var got struct {
		Served  []figure
		Cold    []coldFigure
		Hostile []hostileFigure
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	list := got.Served
	if len(list) != len(feedLoads) {
		t.Errorf("got %d figures, want %d", len(list), len(feedLoads))
	}
	for _, f := range list {
		if f.Errors > 0 || f.Ours < 10 {
			t.Errorf("%+v", f)
		}
	}
	if len(got.Hostile) < 30 {
		t.Errorf("got %d hostile requests", len(got.Hostile))
	}
	for _, f := range got.Hostile { // memory is counted; how long it takes is what the command says on a quiet machine
		if f.Taken > hostileMemory || f.CPU > 4*hostileMost {
			t.Errorf("hostile: %+v", f)
		}
	}
	if len(got.Cold) != 3 {
		t.Fatalf("got %+v", got.Cold)
	}
	for _, f := range got.Cold[:2] { // allocations are counted, so a busy machine changes nothing
		if f.Allocs > 10 {
			t.Errorf("%s: %.1f allocations an event, want at most 10", f.Name, f.Allocs)
		}
	}
}
