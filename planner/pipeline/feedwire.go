package pipeline

import (
	"net/url"
	"strconv"
	"strings"
)

// FeedHeaders are the header values of a feed's answers, worded once for each state of the feed: nearly all fetches find
// nothing changed, and wording them anew cost more than the rest of the answer. Each is a slice because [http.Header] takes
// one; whoever serves must not change them.
type FeedHeaders struct {
	Modified    []string
	Disposition []string
	Plain, Gzip FeedForm
}

// FeedForm is a feed in one of its two encodings.
type FeedForm struct {
	ETag   []string
	Length []string
}

// Headers are the feed's; of a feed that is kept, those worded when it was drawn.
func (f FeedFile) Headers() *FeedHeaders {
	if f.headers != nil {
		return f.headers
	}
	tag := strings.Trim(f.ETag, `"`)
	size := len(f.Body)
	if f.Body == nil {
		size = f.size
	}
	return &FeedHeaders{
		Modified:    []string{f.Modified.UTC().Format(httpTime)},
		Disposition: []string{`inline; filename="calendar.ics"; filename*=UTF-8''` + url.PathEscape(f.Name)},
		Plain:       FeedForm{[]string{`"` + tag + `"`}, []string{strconv.Itoa(size)}},
		Gzip:        FeedForm{[]string{`"` + tag + `-gzip"`}, []string{strconv.Itoa(len(f.Gzip))}},
	}
}

// httpTime is [http.TimeFormat].
const httpTime = "Mon, 02 Jan 2006 15:04:05 GMT"
