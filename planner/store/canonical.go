package store

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// section is one table of the canonical export.
type section struct {
	name  string
	write func(tx *Tx, w io.Writer) error
}

var (
	everyArea  = query(`SELECT code, name, level, parent, from_on, until_on FROM areas WHERE code > :after ORDER BY code LIMIT :limit`)
	everyUnit  = query(`SELECT id, code, name, network, area, parent FROM units WHERE id > :after ORDER BY id LIMIT :limit`)
	everyCadre = query(`SELECT id, code, name, unit, title, rank, grade, head, portfolio, skills, office_phone, mobile, mail, native_village,
		capacity, active FROM cadres WHERE id > :after ORDER BY id LIMIT :limit`)
	everyHousehold = query(`SELECT id, code, village, group_area, head, guide, contact, hours, consent, needs, mute_until_on, per_year,
		active FROM households WHERE id > :after ORDER BY id LIMIT :limit`)
	everyRecusal = query(`SELECT id, cadre, household, village, kind FROM recusals WHERE id > :after ORDER BY id LIMIT :limit`)
	everyPlan    = query(`SELECT id, period, status, preset, book, revision, from_on, until_on, policy, pins, certificates, watches, proofs
		FROM plans WHERE id > :after ORDER BY id LIMIT :limit`)
	everyPairing = query(`SELECT id, plan, tier, cadre, household, area, price, reasons, origin, was
		FROM pairings WHERE id > :after ORDER BY id LIMIT :limit`)
	everyHelper   = query(`SELECT id, code, name, kind, area, skills, capacity, from_on, until_on, active FROM helpers WHERE id > :after ORDER BY id LIMIT :limit`)
	everyPairWish = query(`SELECT id, household, cadre, area FROM pair_wishes WHERE id > :after ORDER BY id LIMIT :limit`)
	everyLink     = query(`SELECT id, plan, tier, seq, unit, cadre, helper, household, area, ten, members, homes, price, reasons, was, until_on
		FROM plan_links WHERE id > :after ORDER BY id LIMIT :limit`)
	everyEvent = query(`SELECT id, key, uid, kind, held_on, from_min, until_min, nominal_on, why_zh, why_en, cadre, village, place, status,
		sequence, digest, created_at, changed_at, about_zh, about_en FROM events WHERE id > :after ORDER BY id LIMIT :limit`)
	everyVisit = query(`SELECT id, event, cadre, household, held_on, stop, hours, state, stands_for, companion
		FROM visits WHERE id > :after ORDER BY id LIMIT :limit`)
	everyEdit = query(`SELECT id, visit, household, field, value, clock, overs, refused_zh, refused_en
		FROM visit_edits WHERE id > :after ORDER BY id LIMIT :limit`)
	everyRequest = query(`SELECT id, household, kind, words, asked_on, due_on, state, answer, answered_on
		FROM household_requests WHERE id > :after ORDER BY id LIMIT :limit`)
	everyComplaint = query(`SELECT id, village, words, written_on, answer, answered_on FROM complaints WHERE id > :after ORDER BY id LIMIT :limit`)
	everyTask      = query(`SELECT id, key, kind, owner, household, say_zh, say_en, start_on, due_on, end_on, state, reason, priority, rung,
		revision FROM tasks WHERE id > :after ORDER BY id LIMIT :limit`)
	everyAccount = query(`SELECT id, login, name, password_hash, roles, areas, units, cadre, acts_for, lang, disabled
		FROM accounts WHERE id > :after ORDER BY id LIMIT :limit`)
	everyLiveFeed = query(`SELECT token_hash, token, kind, ref, created_at, revoked_at FROM feed_tokens
		WHERE revoked_at IS NULL AND :after = '' ORDER BY kind, ref LIMIT :limit`)
	everyWish   = query(`SELECT cadre, lang, way FROM calendar_wishes WHERE cadre > :after ORDER BY cadre LIMIT :limit`)
	everyInvite = query(`SELECT id, event, cadre, method, sequence, partstat, sent_at, replied_at, held_partstat, held_why, held_at FROM event_invites
		WHERE id > :after ORDER BY id LIMIT :limit`)
	everyNotice  = query(`SELECT id, held_year, turn, status, live, papers, days, sha256 FROM holiday_notices WHERE id > :after ORDER BY id LIMIT :limit`)
	everyAreaDay = query(`SELECT id, area, kind, day_rule, name, wish FROM area_days WHERE id > :after ORDER BY id LIMIT :limit`)
	everyBalance = query(`SELECT id, year, heads, cadre, slots, weight, share, balance, since_on FROM duty_balances
		WHERE id > :after ORDER BY id LIMIT :limit`)
	everyReceptionDay = query(`SELECT held_on, deputy, theme_zh, theme_en, second FROM reception_days WHERE held_on > :after ORDER BY held_on LIMIT :limit`)
	everySwap         = query(`SELECT id, kind, held_on, giver, taker, other_on, state, reason, asked_on, settled_on, revision FROM swaps
		WHERE id > :after ORDER BY id LIMIT :limit`)
	everyOccasion = query(`SELECT event, units, representatives, about_kind, about_ref, decision_waits, heard FROM occasions
		WHERE event > :after ORDER BY event LIMIT :limit`)
	everyAgendaItem = query(`SELECT id, event, place, about_kind, about_ref, title, outcome, decision, task FROM agenda_items
		WHERE id > :after ORDER BY id LIMIT :limit`)
	everyCutoff  = query(`SELECT event, cutoff_at, figures FROM meeting_cutoffs WHERE event > :after ORDER BY event LIMIT :limit`)
	everySetting = query(`SELECT key, value FROM settings WHERE key > :after ORDER BY key LIMIT :limit`)
)

// canonicalSections are the domain tables in the order of the export.
var canonicalSections = []section{
	sectionOf("areas", areas, everyArea, chunk, func(tx *Tx, r areaRow) (any, error) { return r, nil }),
	sectionOf("units", units, everyUnit, chunk, func(tx *Tx, r unitRow) (any, error) { return r, nil }),
	sectionOf("cadres", cadres, everyCadre, chunk, func(tx *Tx, r cadreRow) (_ any, err error) {
		if r.Mobile, err = tx.fingerprint(mobilePlace(planner.CadreID(r.ID)), r.Mobile); err != nil {
			return nil, err
		}
		r.Mail, err = tx.fingerprint(mailPlace(planner.CadreID(r.ID)), r.Mail)
		return r, err
	}),
	sectionOf("households", households, everyHousehold, chunk, func(tx *Tx, r householdRow) (_ any, err error) {
		r.Contact, err = tx.fingerprint(contactPlace(planner.HouseholdID(r.ID)), r.Contact)
		return r, err
	}),
	sectionOf("recusals", recusals, everyRecusal, chunk, func(tx *Tx, r recusalRow) (any, error) { return r, nil }),
	sectionOf("helpers", helpers, everyHelper, chunk, func(tx *Tx, r helperRow) (any, error) { return r, nil }),
	sectionOf("pair-wishes", pairWishes, everyPairWish, chunk, func(tx *Tx, r pairWishRow) (any, error) { return r, nil }),
	sectionOf("plans", plans, everyPlan, chunk, func(tx *Tx, r planRow) (any, error) { return r, nil }),
	sectionOf("pairings", pairings, everyPairing, chunk, func(tx *Tx, r pairingRow) (any, error) { return r, nil }),
	sectionOf("links", planLinks, everyLink, chunk, func(tx *Tx, r linkRow) (any, error) { return r, nil }),
	sectionOf("events", events, everyEvent, chunk, func(tx *Tx, r eventRow) (any, error) {
		r.CreatedAt, r.ChangedAt = civil.Instant{}, civil.Instant{}
		return r, nil
	}),
	sectionOf("visits", visits, everyVisit, chunk, func(tx *Tx, r visitRow) (any, error) { return r, nil }),
	sectionOf("visit-edits", edits, everyEdit, chunk, func(tx *Tx, r editRow) (_ any, err error) {
		if err = tx.unlock([]string{r.Household}, false); err != nil {
			return nil, err
		}
		if r.Value, err = tx.openValue(r); err != nil || r.Value == "" {
			return r, err
		}
		r.Value, err = tx.db.keys.fingerprint("visit-edit/"+r.ID, []byte(r.Value))
		return r, err
	}),
	sectionOf("household-requests", requests, everyRequest, chunk, func(tx *Tx, r requestRow) (_ any, err error) {
		if err = tx.unlock([]string{r.Household}, false); err != nil {
			return nil, err
		}
		if r.Words, err = tx.openWords(requests.kind, r.ID, r.Household, r.Words); err != nil || r.Words == "" {
			return r, err
		}
		r.Words, err = tx.db.keys.fingerprint("household-request/"+r.ID, []byte(r.Words))
		return r, err
	}),
	sectionOf("complaints", complaints, everyComplaint, chunk, func(tx *Tx, r complaintRow) (any, error) {
		words, err := tx.db.keys.open("complaint/"+r.ID, r.Words)
		if err != nil {
			return nil, err
		}
		r.Words, err = tx.db.keys.fingerprint("complaint/"+r.ID, words)
		return r, err
	}),
	sectionOf("tasks", tasks, everyTask, chunk, func(tx *Tx, r taskRow) (any, error) { return r, nil }),
	sectionOf("duty balances", balances, everyBalance, chunk, func(tx *Tx, r balanceRow) (any, error) { return r, nil }),
	sectionOf("reception days", receptionDays, everyReceptionDay, chunk, func(tx *Tx, r receptionDayRow) (any, error) { return r, nil }),
	sectionOf("swaps", swaps, everySwap, chunk, func(tx *Tx, r swapRow) (any, error) { return r, nil }),
	sectionOf("occasions", occasions, everyOccasion, chunk, func(tx *Tx, r occasionRow) (any, error) { return r, nil }),
	sectionOf("agenda items", agendaItems, everyAgendaItem, chunk, func(tx *Tx, r agendaRow) (any, error) { return r, nil }),
	sectionOf("meeting cut-offs", cutoffs, everyCutoff, chunk, func(tx *Tx, r cutoffRow) (any, error) {
		r.CutoffAt = civil.Instant{}
		return r, nil
	}),
	sectionOf("accounts", accounts, everyAccount, chunk, func(tx *Tx, r accountRow) (any, error) {
		if r.PasswordHash != "" {
			r.PasswordHash = "set" // its salt is random
		}
		return r, nil
	}),
	// A token is a nonce: what counts is who has a live one. One page, since tokens have no stable order.
	sectionOf("feeds", feedTokens, everyLiveFeed, maxRows, func(tx *Tx, r feedRow) (any, error) {
		return map[string]string{"kind": r.Kind, "ref": r.Ref}, nil
	}),
	sectionOf("send-wishes", sendWishes, everySendWish, chunk, func(tx *Tx, r sendWishRow) (any, error) { return r, nil }),
	sectionOf("acting-holders", actingHolders, everyActing, chunk, func(tx *Tx, r actingRow) (any, error) { return r, nil }),
	sectionOf("task-acks", taskAcks, everyAck, chunk, func(tx *Tx, r ackRow) (any, error) { return r, nil }),
	sectionOf("household-ways", householdWays, everyWay, chunk, func(tx *Tx, r wayRow) (any, error) { return r, nil }),
	sectionOf("wishes", wishes, everyWish, chunk, func(tx *Tx, r wishRow) (any, error) { return r, nil }),
	sectionOf("invites", invites, everyInvite, chunk, func(tx *Tx, r inviteRow) (any, error) {
		r.SentAt, r.RepliedAt, r.HeldAt = civil.Instant{}, civil.Instant{}, civil.Instant{}
		return r, nil
	}),
	sectionOf("channel-addresses", channelAddresses, everyAddress, chunk, func(tx *Tx, r addressRow) (_ any, err error) {
		r.AskedAt, r.Tries, r.Mark, r.CodeHash = civil.Instant{}, 0, "", ""
		r.Address, err = tx.fingerprint(addressPlace(r.ID), r.Address)
		return r, err
	}),
	sectionOf("holiday-notices", notices, everyNotice, chunk, func(tx *Tx, r noticeRow) (any, error) { return r, nil }),
	sectionOf("area-days", areaDays, everyAreaDay, chunk, func(tx *Tx, r areaDayRow) (any, error) { return r, nil }),
	sectionOf("matters", matters, everyMatter, chunk, func(tx *Tx, r matterRow) (_ any, err error) {
		for name, of := range map[string]*nullable{"story": &r.Story, "contact": &r.Contact, "reason": &r.Reason} {
			if *of, err = tx.fingerprint(matterPlace(planner.MatterID(r.ID), name), *of); err != nil {
				return nil, err
			}
		}
		return r, nil
	}),
	sectionOf("matter_acts", matterActs, everyAct, chunk, func(tx *Tx, r actRow) (_ any, err error) {
		r.Say, err = tx.fingerprint(actPlace(planner.ActID(r.ID)), r.Say)
		return r, err
	}),
	sectionOf("matter_leads", leads, everyLead, chunk, func(tx *Tx, r leadRow) (any, error) { return r, nil }),
	sectionOf("matters_routed", routed, everyRouted, chunk, func(tx *Tx, r routedRow) (any, error) { return r, nil }),
	sectionOf("reception-seats", seats, everySeat, chunk, func(tx *Tx, r seatRow) (any, error) { return r, nil }),
	sectionOf("appointments", appointments, everyAppointment, chunk, func(tx *Tx, r appointmentRow) (_ any, err error) {
		name, contact, words, err := tx.openAppointment(r)
		if err != nil {
			return nil, err
		}
		for what, of := range map[string]struct {
			into *string
			text string
		}{"name": {&r.Name, name}, "contact": {&r.Contact, contact}, "words": {&r.Words, words}} {
			*of.into = ""
			if of.text != "" {
				if *of.into, err = tx.db.keys.fingerprint(appointmentKey(r.ID)+"/"+what, []byte(of.text)); err != nil {
					return nil, err
				}
			}
		}
		return r, nil
	}),
	sectionOf("walk-ins", walkIns, everyWalkIn, chunk, func(tx *Tx, r walkInRow) (any, error) { return r, nil }),
	sectionOf("reception-notices", receptionNotices, everyReceptionNotice, chunk, func(tx *Tx, r receptionNoticeRow) (any, error) { return r, nil }),
	sectionOf("settings", settings, everySetting, chunk, func(tx *Tx, r settingRow) (any, error) { return r, nil }),
}

// sectionOf pages through a table by its key, so that memory stays flat, and writes one JSON line a row.
func sectionOf[R stored](name string, t *table[R], page *statement, size int, show func(*Tx, R) (any, error)) section {
	return section{name, func(tx *Tx, w io.Writer) error {
		for after := ""; ; {
			var rows []R
			if err := tx.all(&rows, page, args{"after": after, "limit": size}); err != nil {
				return err
			}
			if t.children != nil {
				if err := t.children(tx, rows); err != nil {
					return err
				}
			}
			for _, r := range rows {
				shown, err := show(tx, r)
				if err != nil {
					return fmt.Errorf("%s %s: %w", t.kind, r.rowID(), err)
				}
				b, err := json.Marshal(shown)
				if err != nil {
					return err
				}
				if _, err := w.Write(append(b, '\n')); err != nil {
					return err
				}
				after = r.rowID()
			}
			if len(rows) < size {
				return nil
			}
		}
	}}
}

// fingerprint replaces a contact's ciphertext by a keyed hash of the contact, which is the same whatever key and nonce
// encrypted it.
func (tx *Tx) fingerprint(place string, stored nullable) (nullable, error) {
	if stored == "" {
		return "", nil
	}
	contact, err := tx.openContact(place, stored)
	if err != nil {
		return "", err
	}
	hash, err := tx.db.keys.fingerprint(place, []byte(contact))
	return nullable(hash), err
}

// Canonical writes every domain table in a fixed order, one JSON line a row, from one snapshot. The same content gives
// the same bytes on both engines, in any zone and in whatever order it was written. Left out is what differs without
// meaning: the audit, imports, sessions, invitations and sign-ins, passwords of programs, what CalDAV clients were told, instants, nonces and ciphertexts; a contact is shown
// by a keyed hash, a password by whether there is one.
func (db *DB) Canonical(ctx context.Context, w io.Writer) error {
	return db.Read(ctx, planner.System("canonical export"), func(tx *Tx) error {
		out := bufio.NewWriterSize(w, 1<<16)
		for _, s := range canonicalSections {
			fmt.Fprintf(out, "# %s\n", s.name) // an error stays in out until Flush
			if err := s.write(tx, out); err != nil {
				return fmt.Errorf("canonical export of %s: %w", s.name, err)
			}
		}
		return out.Flush()
	})
}
