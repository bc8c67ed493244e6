package pipeline

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

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

// Quiet hours of everybody who chose none. [office practice]
var quietFrom, quietUntil = civil.MustClock("21:00"), civil.MustClock("07:00")

// directory is who can be reached how, read in one snapshot without decrypting anything.
type directory struct {
	channels []string
	wants    map[string]notifier.AddressKind
	proven   map[planner.CadreID][]string // channels on which a member's ID has been proved
	cadre    map[planner.CadreID]planner.Cadre
	unit     map[planner.UnitID]string
	contact  map[planner.CadreID]store.Reach
	wish     map[planner.CadreID]planner.SendWish
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
	d = directory{channels: a.channelNames(), wants: a.wants(), cadre: map[planner.CadreID]planner.Cadre{}, unit: map[planner.UnitID]string{}}
	if d.contact, err = tx.HasContact(); err != nil {
		return d, err
	}
	units, err := tx.Units()
	for _, u := range units {
		d.unit[u.ID] = u.Name
	}
	if err != nil {
		return d, err
	}
	ids := make([]planner.CadreID, len(cs))
	for i, c := range cs {
		d.cadre[c.ID] = c
		ids[i] = c.ID
	}
	if d.proven, err = tx.ProvenMembers(ids); err != nil {
		return d, err
	}
	d.wish, err = tx.SendWishes(ids)
	return d, err
}

// cadresBy reads the cadres with the IDs, each once. One who does not exist is left out.
func cadresBy(tx *store.Tx, ids []planner.CadreID) (cs []planner.Cadre, err error) {
	of, err := tx.CadresOf(slices.Compact(slices.Sorted(slices.Values(ids))))
	if err != nil {
		return nil, fmt.Errorf("cadres: %w", err)
	}
	return slices.Collect(maps.Values(of)), nil
}

// addresses of a cadre: the channels that they chose, in their order, then the slip; else the office's channels in its order.
// Somebody transferred or retired has none.
func (d directory) addresses(id planner.CadreID) (as []notifier.Address) {
	c, known := d.cadre[id]
	if !known || !c.Active {
		return nil
	}
	channels := d.channels
	if w := d.wish[id]; len(w.Channels) > 0 {
		channels = nil
		for _, name := range append(slices.Clone(w.Channels), SlipChannel) {
			if slices.Contains(d.channels, name) && !slices.Contains(channels, name) {
				channels = append(channels, name)
			}
		}
	}
	for _, name := range channels {
		has, proven := d.contact[id], slices.Contains(d.proven[id], name)
		switch kind := d.wants[name]; { // contacts are revealed at hand-over
		case kind == notifier.ToMail && has.Mail, kind == notifier.ToMobile && has.Mobile,
			(kind == notifier.ToMember || kind == notifier.ToGroup) && proven:
			as = append(as, notifier.Address{Channel: name})
		case kind == notifier.ToMail, kind == notifier.ToMobile, kind == notifier.ToMember:
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
		if strings.HasPrefix(string(id), householdRecipient) {
			return householdWords
		}
		return string(id)
	}
	return c.Name + " " + c.Code + "（" + d.unit[c.Unit] + "）"
}

// person is a cadre as the ledger wants to know them.
func (d directory) person(id planner.CadreID) notifier.Person {
	w, chose := d.wish[id]
	if !chose {
		w = usualWish(id)
	}
	return notifier.Person{Addresses: d.addresses(id), Lang: w.Lang, QuietFrom: w.QuietFrom, QuietUntil: w.QuietUntil, DigestAt: w.DigestAt,
		AnyDay: w.AnyDay, MuteUntil: w.MuteUntil}
}

// householdWords stand for a household in lists of the ledger: which one it is, is nobody's business there.
const householdWords = "住户 household"

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
			if home, is := strings.CutPrefix(string(id), householdRecipient); is {
				p, err := a.household(tx, planner.HouseholdID(home))
				if err != nil {
					return err
				}
				people[string(id)] = p
				continue
			}
			people[string(id)] = d.person(id)
		}
		return nil
	})
	return people, err
}

// household is a household as the ledger wants to know it: by its own phone, as it chose, in its quiet hours. One that left, muted
// itself or chose otherwise since is not reached.
func (a *App) household(tx *store.Tx, id planner.HouseholdID) (notifier.Person, error) {
	p := notifier.Person{Lang: lang.ZH, QuietFrom: quietFrom, QuietUntil: quietUntil}
	h, err := tx.Household(id)
	if planner.KindOf(err) == planner.NotFound {
		return p, nil
	}
	if err != nil {
		return p, err
	}
	ways, err := tx.HouseholdWays([]planner.HouseholdID{id})
	if err == nil && h.Served() && !h.Muted(a.Today()) && ways[id] == planner.HouseholdByPhone && slices.Contains(a.channelNames(), smsChannel) {
		p.Addresses = []notifier.Address{{Channel: smsChannel}}
	}
	return p, err
}

// reveal decrypts the contacts that a channel needs right now; the store records it.
func (a *App) reveal(ctx context.Context, channel string, recipients []string) (map[string]string, error) {
	to := make(map[string]string, len(recipients))
	err := a.DB.Read(ctx, planner.System("hand reminders over to "+channel), func(tx *store.Tx) error {
		ids := make([]planner.CadreID, len(recipients))
		for i, r := range recipients {
			ids[i] = planner.CadreID(r)
		}
		ids = slices.DeleteFunc(ids, func(id planner.CadreID) bool {
			home, is := strings.CutPrefix(string(id), householdRecipient)
			if is && a.wants()[channel] == notifier.ToMobile {
				if phone, err := tx.HouseholdPhone(planner.HouseholdID(home)); err == nil {
					to[string(id)] = phone
				}
			}
			return is
		})
		return a.revealIn(tx, channel, ids, to)
	})
	return to, err
}

// wants says what each channel wants as address. A file that stands in for mail or text messages, as in a demonstration,
// is known by its name.
func (a *App) wants() map[string]notifier.AddressKind {
	kinds := map[string]notifier.AddressKind{}
	for _, c := range a.Channels {
		kinds[c.Name()] = notifier.Wants(c)
		if _, says := c.(notifier.Addressed); !says {
			switch c.Name() {
			case mailChannel:
				kinds[mailChannel] = notifier.ToMail
			case smsChannel:
				kinds[smsChannel] = notifier.ToMobile
			}
		}
	}
	return kinds
}

// revealIn fills in the addresses of cadres on a channel.
func (a *App) revealIn(tx *store.Tx, channel string, ids []planner.CadreID, to map[string]string) error {
	switch kind := a.wants()[channel]; kind {
	case notifier.ToMail, notifier.ToMobile:
		contacts, err := tx.CadreContacts(ids)
		for id, c := range contacts {
			if to[string(id)] = c.Mail; kind == notifier.ToMobile {
				to[string(id)] = c.Mobile
			}
		}
		return err
	case notifier.ToMember, notifier.ToGroup:
		members, err := tx.MemberIDs(channel, ids)
		for id, m := range members {
			if to[string(id)] = m; kind == notifier.ToGroup {
				to[string(id)] = "@" + m
			}
		}
		return err
	}
	return nil
}
