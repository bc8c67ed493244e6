package pairing

import (
	"context"

	"lianxin/planner"
	"lianxin/planner/flow"
	"lianxin/planner/rule"
)

// keepHeld replans a tier and makes it hold the caps of villages: the replan without them bounds the changes of any plan; if
// it sends too many cadres to a village, the village gets a team, as in [hold], of those who keep most households there,
// and the tier is replanned with the teams.
func keepHeld(ctx context.Context, in Input, q rule.Question, inst *rule.Instance, upper []planner.Pairing) (*rule.Instance, []planner.Pairing, planner.Certificate, *kept, error) {
	rows, cert, k, err := keepTier(ctx, in, inst)
	if err != nil {
		return inst, nil, cert, nil, err
	}
	h := newHolder(inst)
	if h == nil || len(h.over(k.sink)) == 0 {
		return inst, rows, cert, k, nil
	}
	if err := h.price(ctx); err != nil {
		return inst, nil, cert, nil, err
	}
	tries := min(40, max(3, heldWork/max(1, len(h.cost))))
	h.tell = in.Progress
	h.expect(2 + tries)
	held := &planner.Held{Potentials: cert.Potentials, Fewest: cert.Fewest, Price: cert.Price}
	sink := k.sink
	for ks := h.over(sink); len(ks) > 0; ks = h.over(sink) {
		for _, v := range ks {
			h.settle(v, sink)
		}
		if inst, rows, cert, k, err = h.again(ctx, in, q, upper); err != nil {
			return inst, nil, cert, nil, err
		}
		sink = k.sink
	}
	// Somebody left out may find a place if another of the team makes way: by the prices of places that the solver finds.
	for ; tries > 0 && int(k.price.left) > held.Fewest.Unserved; tries-- {
		sol := &flow.Solution{Sink: k.sink, Potentials: make([]int64, len(inst.Cadres))}
		for j := range sol.Potentials {
			sol.Potentials[j] = k.potentials[j].secs
		}
		better := false
		for _, s := range h.swaps(sol, false) {
			undo := h.with(s)
			i2, r2, c2, k2, err := h.again(ctx, in, q, upper)
			if err != nil {
				return inst, nil, cert, nil, err
			}
			if tries--; k2.price.less(k.price) {
				inst, rows, cert, k, better = i2, r2, c2, k2, true
				break
			}
			if undo(); tries <= 0 {
				break
			}
		}
		if !better {
			break
		}
	}
	held.Teams = h.settled()
	cert.Held = held
	return inst, rows, cert, k, nil
}

// again replans the tier with the teams as they are.
func (h *holder) again(ctx context.Context, in Input, q rule.Question, upper []planner.Pairing) (*rule.Instance, []planner.Pairing, planner.Certificate, *kept, error) {
	h.step()
	inst, err := rule.Lay(q.Teamed(h.settled()), h.inst.Tier, upper)
	if err != nil {
		return nil, nil, planner.Certificate{}, nil, err
	}
	inst.DealAsPresent()
	rows, cert, k, err := keepTier(ctx, in, inst)
	return inst, rows, cert, k, err
}
