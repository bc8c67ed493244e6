package pipeline

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"lianxin/planner"
	"lianxin/planner/store"
)

// DavPoint is how far a calendar program knows a collection (RFC 6578 §3.2). The zero value is not at all.
type DavPoint struct {
	// Known is the revision that the program knew, or at which it began: tombstones from there on must still be there.
	Known int64
	// Revision is what it was told up to; of Revision itself up to the member After, all of it where After is empty.
	Revision int64
	After    string
}

const davToken = "urn:x-lianxin:sync:"

// Token is the point as a sync-token: the revision, or for a program that takes the changes in pieces all three.
func (p DavPoint) Token() string {
	b := strconv.AppendInt([]byte(davToken), p.Revision, 10)
	if p.After != "" {
		b = append(strconv.AppendInt(append(b, ':'), p.Known, 10), ':')
		b = append(b, url.QueryEscape(p.After)...)
	}
	return string(b)
}

// ParseDavToken reads a token that [DavPoint.Token] wrote.
func ParseDavToken(token string) (p DavPoint, ok bool) {
	rest, ok := strings.CutPrefix(token, davToken)
	if !ok {
		return p, false
	}
	revision, more, part := strings.Cut(rest, ":")
	var err error
	if p.Revision, err = strconv.ParseInt(revision, 10, 64); err != nil || p.Revision <= 0 {
		return p, false
	}
	if p.Known = p.Revision; !part {
		return p, true
	}
	known, after, _ := strings.Cut(more, ":")
	if p.Known, err = strconv.ParseInt(known, 10, 64); err != nil || p.Known <= 0 {
		return p, false
	}
	p.After, err = url.QueryUnescape(after)
	return p, err == nil && p.After != ""
}

// DavNews is what a program is told that synchronises a collection.
type DavNews struct {
	Changed []*DavObject
	Gone    []string
	Next    DavPoint
	More    bool // the limit cut it: the program asks again from Next
}

// DavChanges tells what changed and what went in a collection since a point, at most limit of it in the order of the changes
// (0: all). Conflict if the point was never given out or tombstones since then are forgotten: the program must begin anew.
func (a *App) DavChanges(ctx context.Context, c *DavCollection, since DavPoint, limit int) (news DavNews, err error) {
	begins := since == DavPoint{}
	news.Next = DavPoint{Known: c.Revision, Revision: c.Revision}
	switch {
	case begins && (limit <= 0 || limit >= len(c.Objects)):
		news.Changed = c.Objects
		return news, nil
	case begins:
		since.Known = c.Revision
	case since.Known < c.Oldest || since.Known > c.Revision || since.Revision > c.Revision:
		return news, planner.Fail(planner.Conflict, "同步标记已失效，请重新同步。", "the synchronisation token is not valid any more; begin anew.")
	case since.Revision == c.Revision && since.After == "":
		return news, nil
	}
	after := since.Revision
	if since.After != "" || begins {
		after-- // the rest of a revision that was told in part
	}
	var list []store.DavChange
	err = a.DB.Read(ctx, planner.System("tell a calendar program what changed"), func(tx *store.Tx) (err error) {
		list, err = tx.DavChanges(c.Name, after)
		return err
	})
	if err != nil {
		return news, err
	}
	list = slices.DeleteFunc(list, func(m store.DavChange) bool {
		return m.Revision > c.Revision || m.Gone() && m.Revision <= since.Known || since.After != "" && m.Revision == since.Revision && m.Name <= since.After
	})
	slices.SortFunc(list, func(a, b store.DavChange) int {
		return cmp.Or(cmp.Compare(a.Revision, b.Revision), strings.Compare(a.Name, b.Name))
	})
	if limit > 0 && limit < len(list) {
		last := list[limit-1]
		list, news.More, news.Next = list[:limit], true, DavPoint{Known: since.Known, Revision: last.Revision, After: last.Name}
	}
	for _, m := range list {
		if o := c.byName[m.Name]; o != nil {
			news.Changed = append(news.Changed, o)
		} else {
			news.Gone = append(news.Gone, m.Name)
		}
	}
	return news, nil
}
