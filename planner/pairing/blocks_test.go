package pairing_test

import (
	"context"
	"slices"
	"testing"

	"lianxin/planner"
	"lianxin/planner/flow"
	"lianxin/planner/pairing"
	"lianxin/planner/rule"
	"lianxin/planner/verify"
)

// twoCounties puts every second unit and village of a made county into another one.
func twoCounties(in pairing.Input) pairing.Input {
	move := func(c planner.AreaCode) planner.AreaCode {
		if len(c) >= 12 && c[11]%2 == 0 {
			return "411282" + c[6:]
		}
		return c
	}
	for i := range in.Roster.Areas {
		a := &in.Roster.Areas[i]
		a.Code, a.Parent = move(a.Code), move(a.Parent)
	}
	for i := range in.Roster.Units {
		u := &in.Roster.Units[i]
		for k := range u.Villages {
			u.Villages[k] = move(u.Villages[k])
			u.Area = u.Villages[k].County()
		}
	}
	for i := range in.Roster.Households {
		h := &in.Roster.Households[i]
		h.Village, h.Group = move(h.Village), move(h.Group)
	}
	return in
}

func TestCountiesSolvedApartAreThePlanOfTheWhole(t *testing.T) {
	ctx := context.Background()
	for seed := range uint64(20) {
		in := made(seed, small)
		if seed%2 == 1 {
			in = twoCounties(in)
		}
		inst, err := rule.Lay(in.Question(), planner.TierHousehold, nil)
		if err != nil {
			t.Fatal(err)
		}
		blocks := inst.Blocks()
		if seed%2 == 1 && len(blocks) < 2 {
			t.Fatalf("%d blocks of two counties", len(blocks))
		}
		in2 := map[int32]int{}
		row, whole := []int32(nil), make([]int32, len(inst.Cadres))
		for k, b := range blocks {
			for _, j := range b.Cadres {
				in2[j] = k
			}
		}
		for k, b := range blocks {
			tables, ok, err := inst.Tables(ctx, b)
			if err != nil || !ok {
				t.Fatal(ok, err)
			}
			row = make([]int32, len(b.Cadres))
			for i, x := range b.Targets {
				inst.Row(int(x), whole)
				tables.Row(i, row)
				for n, j := range b.Cadres {
					if row[n] != whole[j] {
						t.Fatalf("seed %d: target %d, cadre %d: the tables say %d, the rules %d", seed, x, j, row[n], whole[j])
					}
				}
				for j, c := range whole {
					if in2[int32(j)] != k && c != rule.Forbidden {
						t.Fatalf("seed %d: the pair %d, %d leaves its block at %d", seed, x, j, c)
					}
				}
			}
		}
		got, err := pairing.PlaceBlocks(ctx, inst, nil)
		if err != nil {
			t.Fatal(err)
		}
		want, err := flow.Solve(ctx, pairing.Problem(inst), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got.Price != want.Price || got.Bound != want.Price || got.Left != want.Left {
			t.Errorf("seed %d: price %d, bound %d, left %d; want %d, %d", seed, got.Price, got.Bound, got.Left, want.Price, want.Left)
		}
	}
}

// The proof of two counties names both, of what was given to each; the verifier refuses it when it does not, and takes a proof of before
// that names none.
func TestAProofNamesItsCounties(t *testing.T) {
	ctx := context.Background()
	in := twoCounties(made(1, small))
	plan, err := pairing.Solve(ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	k := len(plan.Certificates) - 1
	proved := plan.Certificates[k].Blocks
	if len(proved) != 2 || len(pairing.BlocksOf(plan)) != 2 {
		t.Fatalf("%+v; want two counties", proved)
	}
	check := func(bs []planner.BlockProof, want bool) {
		t.Helper()
		plan.Certificates[k].Blocks = bs
		if rep, err := verify.Check(ctx, in.Question(), plan); err != nil || rep.OK() != want {
			t.Errorf("%+v: %t, %v %v; want %t", bs, rep.OK(), err, rep.Findings, want)
		}
	}
	check(proved, true)
	check(nil, true)
	check(proved[:1], false)
	for n := range proved {
		b := slices.Clone(proved)
		b[n].Instance = b[1-n].Instance
		check(b, false)
		b = slices.Clone(proved)
		b[n].Share++
		check(b, false)
		b = slices.Clone(proved)
		b[n].Counties = b[1-n].Counties
		check(b, false)
	}
	one, err := pairing.Solve(ctx, made(1, small))
	if err != nil || len(pairing.BlocksOf(one)) != 0 {
		t.Errorf("one county: %+v, %v; want no blocks", pairing.BlocksOf(one), err)
	}
}
