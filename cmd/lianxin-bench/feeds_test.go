package main

import (
	"bytes"
	"encoding/json"
	"testing"
)

// A short run over wrk, without Radicale: every kind of request is answered without an error.
func TestFeedsAreMeasuredWithoutAnError(t *testing.T) {
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"feeds", "--alone", "--rounds", "1", "--seconds", "1", "--json"}, &out, &errs); code != 0 {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	var list []figure
	if err := json.Unmarshal(out.Bytes(), &list); err != nil {
		t.Fatal(err)
	}
	if len(list) != len(feedLoads) {
		t.Errorf("got %d figures, want %d", len(list), len(feedLoads))
	}
	for _, f := range list {
		if f.Errors > 0 || f.Ours < 10 {
			t.Errorf("%+v", f)
		}
	}
}
