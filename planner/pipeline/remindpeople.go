package pipeline

import (
	"context"
	"fmt"

	"lianxin/notifier"
	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/lang"
	"lianxin/planner/store"
)

// SlipChannel is the name that the office's print-out should have: a notifier.File into a folder, one slip a message,
// handed over by the unit's liaison. It is the last resort and reaches everybody.
const SlipChannel = "slip"

// Channels of the roster's own contacts. Every other channel reaches anybody by name.
const (
	mailChannel = "mail"
	smsChannel  = "sms"
)

// Quiet hours of everybody until each can set their own. [office practice]
var quietFrom, quietUntil = civil.MustClock("21:00"), civil.MustClock("07:00")

// directory is who can be reached how, read in one snapshot without decrypting anything.
type directory struct {
	channels []string
	cadre    map[planner.CadreID]planner.Cadre
	unit     map[planner.UnitID]string
	contact  map[planner.CadreID]store.Reach
}

func (a *App) channelNames() []string {
	names := make([]string, len(a.Channels))
	for i, c := range a.Channels {
		names[i] = c.Name()
	}
	return names
}

// directoryOf makes the directory of the given cadres.
func (a *App) directoryOf(tx *store.Tx, cs []planner.Cadre) (d directory, err error) {
	d = directory{a.channelNames(), map[planner.CadreID]planner.Cadre{}, map[planner.UnitID]string{}, nil}
	if d.contact, err = tx.HasContact(); err != nil {
		return d, err
	}
	units, err := tx.Units()
	for _, u := range units {
		d.unit[u.ID] = u.Name
	}
	for _, c := range cs {
		d.cadre[c.ID] = c
	}
	return d, err
}

// cadresBy reads the cadres with the IDs, each once. One who does not exist is left out.
func cadresBy(tx *store.Tx, ids []planner.CadreID) (cs []planner.Cadre, err error) {
	seen := map[planner.CadreID]bool{}
	for _, id := range ids {
		if seen[id] {
			continue
		}
		seen[id] = true
		c, err := tx.Cadre(id)
		switch {
		case planner.KindOf(err) == planner.NotFound:
			continue
		case err != nil:
			return nil, fmt.Errorf("cadre %s: %w", id, err)
		}
		cs = append(cs, c)
	}
	return cs, nil
}

// addresses of a cadre in the order of the office's channels. Somebody transferred or retired has none.
func (d directory) addresses(id planner.CadreID) (as []notifier.Address) {
	c, known := d.cadre[id]
	if !known || !c.Active {
		return nil
	}
	for _, name := range d.channels {
		switch name {
		case mailChannel, smsChannel:
			if has := d.contact[id]; name == mailChannel && has.Mail || name == smsChannel && has.Mobile {
				as = append(as, notifier.Address{Channel: name}) // revealed at hand-over
			}
		default:
			as = append(as, notifier.Address{Channel: name, To: d.who(id)})
		}
	}
	return as
}

// channel is the one that a message to the cadre takes first, empty if none.
func (d directory) channel(id planner.CadreID) string {
	if as := d.addresses(id); len(as) > 0 {
		return as[0].Channel
	}
	return ""
}

// who is the cadre as a slip's first line says: 王宁 0001（示例市司法局）.
func (d directory) who(id planner.CadreID) string {
	c, known := d.cadre[id]
	if !known {
		return string(id)
	}
	return c.Name + " " + c.Code + "（" + d.unit[c.Unit] + "）"
}

// findPeople serves the ledger.
func (a *App) findPeople(ctx context.Context, recipients []string) (map[string]notifier.Person, error) {
	people := make(map[string]notifier.Person, len(recipients))
	err := a.DB.Read(ctx, planner.System("find the recipients of reminders"), func(tx *store.Tx) error {
		ids := make([]planner.CadreID, len(recipients))
		for i, r := range recipients {
			ids[i] = planner.CadreID(r)
		}
		cs, err := cadresBy(tx, ids)
		if err != nil {
			return err
		}
		d, err := a.directoryOf(tx, cs)
		if err != nil {
			return err
		}
		for _, id := range ids {
			people[string(id)] = notifier.Person{Addresses: d.addresses(id), Lang: lang.ZH, QuietFrom: quietFrom, QuietUntil: quietUntil}
		}
		return nil
	})
	return people, err
}

// reveal decrypts the contacts that a channel needs right now; the store records it.
func (a *App) reveal(ctx context.Context, channel string, recipients []string) (map[string]string, error) {
	to := make(map[string]string, len(recipients))
	err := a.DB.Read(ctx, planner.System("hand reminders over to "+channel), func(tx *store.Tx) error {
		ids := make([]planner.CadreID, len(recipients))
		for i, r := range recipients {
			ids[i] = planner.CadreID(r)
		}
		contacts, err := tx.CadreContacts(ids)
		for id, c := range contacts {
			switch channel {
			case mailChannel:
				to[string(id)] = c.Mail
			case smsChannel:
				to[string(id)] = c.Mobile
			}
		}
		return err
	})
	return to, err
}
