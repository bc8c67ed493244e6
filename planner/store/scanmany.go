package store

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"

	"lianxin/planner"
)

// sharer gives equal texts one memory: of a million households, the names of their villages are a few thousand.
type sharer map[string]string

func (s sharer) one(text string) string {
	if had, ok := s[text]; ok {
		return had
	}
	s[text] = text
	return text
}

// bytes is one for a text that the driver still owns.
func (s sharer) bytes(b []byte) string {
	if had, ok := s[string(b)]; ok {
		return had
	}
	text := string(b)
	s[text] = text
	return text
}

// sharedAtMost is how many texts a sharer of reasons keeps. Rows mostly come as they were stored, by village, so that what
// repeats does so soon; what a household alone says would fill the map for nothing.
const sharedAtMost = 1 << 15

// soon is one for texts of which many come once and the others again within a short while.
func (s sharer) soon(text string) string {
	if len(s) >= sharedAtMost {
		clear(s)
	}
	return s.one(text)
}

// scanHouseholds reads the columns of visibleHouseholds straight into nouns. Contacts are passed over.
func scanHouseholds() func(*sql.Rows, *planner.Household) error {
	shared, needs := sharer{}, map[string][]planner.Need{}
	return func(rows *sql.Rows, h *planner.Household) error {
		var village, group, head, guide, contact, hours, consent, tags sql.RawBytes
		if err := rows.Scan((*string)(&h.ID), &h.Code, &village, &group, &head, &guide, &contact, &hours, &consent, &tags, &h.MuteUntil, &h.PerYear, &h.Active); err != nil {
			return err
		}
		h.Village, h.Group = planner.AreaCode(shared.bytes(village)), planner.AreaCode(shared.bytes(group))
		h.Head, h.Guide = shared.bytes(head), shared.bytes(guide)
		h.Hours, h.Consent = planner.Hours(shared.bytes(hours)), planner.Consent(shared.bytes(consent))
		had, ok := needs[string(tags)]
		if !ok {
			var l list[planner.Need]
			if err := l.Scan([]byte(tags)); err != nil {
				return err
			}
			had = slices.Clip(l)
			needs[string(tags)] = had
		}
		h.Needs = had
		return nil
	}
}

// scanPairings reads the columns of visiblePairings straight into nouns, and those after them into more. What the reasons of
// many say is kept once.
func scanPairings() func(rows *sql.Rows, p *planner.Pairing, more ...any) error {
	shared, said := sharer{}, sharer{}
	return func(rows *sql.Rows, p *planner.Pairing, more ...any) error {
		var plan, tier, cadre, household, area, reasons, origin, was sql.RawBytes
		into := append([]any{(*string)(&p.ID), &plan, &tier, &cadre, &household, &area, (*int64)(&p.Price), &reasons, &origin, &was}, more...)
		if err := rows.Scan(into...); err != nil {
			return err
		}
		p.Tier, p.Origin = planner.Tier(shared.bytes(tier)), planner.Origin(shared.bytes(origin))
		p.Cadre, p.Was, p.Area = planner.CadreID(shared.bytes(cadre)), planner.CadreID(shared.bytes(was)), planner.AreaCode(shared.bytes(area))
		p.Household = planner.HouseholdID(household)
		if bytes.Equal(reasons, []byte("[]")) {
			return nil
		}
		if err := json.Unmarshal(reasons, &p.Reasons); err != nil {
			return fmt.Errorf("store: reasons of pairing %s: %w", p.ID, err)
		}
		for i := range p.Reasons {
			r := &p.Reasons[i]
			r.Rule, r.Say.ZH, r.Say.EN = shared.one(r.Rule), said.soon(r.Say.ZH), said.soon(r.Say.EN)
		}
		return nil
	}
}
