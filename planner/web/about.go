package web

// aboutPage says what this is, what a resident may ask, and whose work it stands on.
type aboutPage struct {
	Version string  `json:"version"`
	Works   []thing `json:"works"`
}

// thing is a work of others that the program carries, with its licence.
type thing struct {
	Name    string `json:"name"`
	Licence string `json:"licence"`
	From    string `json:"from"`
}

// works are the data and modules in the binary. A test holds that every module which our packages import is named.
var works = []thing{
	{"holiday-cn", "MIT", "NateScarlet/holiday-cn"},
	{"china-division 2.7.0", "MIT", "国家统计局 2023"},
	{"Go", "BSD-3-Clause", "The Go Authors"},
	{"github.com/alecthomas/kong", "MIT", "Alec Thomas"},
	{"github.com/emersion/go-ical", "MIT", "Simon Ser"},
	{"github.com/emersion/go-smtp", "MIT", "The Go Authors, Gleez Technologies, Simon Ser"},
	{"github.com/jmoiron/sqlx", "MIT", "Jason Moiron"},
	{"github.com/lib/pq", "MIT", "lib/pq contributors"},
	{"github.com/mattn/go-runewidth", "MIT", "Yasuhiro Matsumoto"},
	{"github.com/pressly/goose/v3", "MIT", "Liam Staskawicz, Vojtech Vitek, Michael Fridman"},
	{"github.com/robfig/cron/v3", "MIT", "Rob Figueiredo"},
	{"github.com/skip2/go-qrcode", "MIT", "Tom Harwood"},
	{"github.com/wneessen/go-mail", "MIT", "The go-mail Authors"},
	{"github.com/xuri/excelize/v2", "BSD-3-Clause", "The excelize Authors"},
	{"golang.org/x/crypto", "BSD-3-Clause", "The Go Authors"},
	{"golang.org/x/text", "BSD-3-Clause", "The Go Authors"},
	{"gopkg.in/yaml.v3", "MIT, Apache-2.0", "Canonical Ltd., Kirill Simonov"},
	{"modernc.org/sqlite", "BSD-3-Clause", "The Sqlite Authors"},
}

var about = view{"about", func(s *Server, r *request) (any, error) {
	return aboutPage{Version: s.Version, Works: works}, nil
}}
