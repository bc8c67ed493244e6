package notifier

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/wneessen/go-mail"
)

// SMTP is the channel of mail. It takes no key: a server that got a message twice delivers it twice, though both bear
// the same Message-ID, by which some mailboxes drop the second.
type SMTP struct {
	Label    string // the channel's name; empty: "mail"
	Host     string
	Port     int    // zero: 587
	From     string // address, or name and address as in RFC 5322 §3.4
	Domain   string // right-hand side of Message-ID, and of HELO; empty: Host
	Username string // empty: no authentication
	Password Secret
	Security Security      // zero: STARTTLS must be offered
	TLS      *tls.Config   // nil: the system's roots
	Timeout  time.Duration // of connecting and of each step; zero: 15 s
}

// Security says how the connection is protected.
type Security int

const (
	StartTLS  Security = iota // upgrade is mandatory
	TLS                       // from the first byte (port 465)
	PlainText                 // none: a server on the same machine or a trusted network
)

// Name returns the label.
func (s SMTP) Name() string {
	if s.Label == "" {
		return "mail"
	}
	return s.Label
}

// Wants a mail address.
func (s SMTP) Wants() AddressKind { return ToMail }

// TakesKey is false.
func (s SMTP) TakesKey() bool { return false }

// Send hands one mail to the server. 5xx answers are [Permanent], 4xx answers and what goes wrong before the message was
// sent are [Temporary], a server that cannot be reached is [Down]. If the connection breaks between the message and the server's answer the result is
// [Uncertain]: the server may have it.
func (s SMTP) Send(ctx context.Context, m Message) (Receipt, error) {
	message, err := s.message(m)
	if err != nil {
		return Receipt{}, &Permanent{err}
	}
	client, err := s.client(ctx)
	if err != nil {
		return Receipt{}, &Permanent{fmt.Errorf("mail server settings: %w", err)}
	}
	if err := client.DialWithContext(ctx); err != nil {
		// Even a refused password is: it is the office's to mend, not a fault of the message.
		return Receipt{}, &Down{fmt.Errorf("connect to mail server: %w", err)}
	}
	err = client.Send(message)
	closing := client.Close()
	if message.IsDelivered() { // whatever went wrong after the server's 250 does not matter
		return Receipt{ID: message.ServerResponse()}, nil
	}
	if err == nil {
		err = errors.Join(errors.New("no answer from the mail server"), closing)
	}
	return Receipt{}, classify(err)
}

// classify tells what a failed hand-over over a standing connection means.
func classify(err error) error {
	e, ok := errors.AsType[*mail.SendError](err)
	if !ok {
		return &Uncertain{err}
	}
	switch {
	case e.ErrorCode() >= 500:
		return &Permanent{err}
	case e.ErrorCode() >= 400:
		return &Temporary{err}
	case e.Reason == mail.ErrSMTPDataClose, e.Reason == mail.ErrAmbiguous, e.Reason == mail.ErrWriteContent:
		// Without a code the server did not say. Even half a message may have been ended by the closing connection.
		return &Uncertain{err}
	case e.Reason == mail.ErrGetSender, e.Reason == mail.ErrGetRcpts, e.Reason == mail.ErrNoUnencoded:
		return &Permanent{err}
	}
	return &Temporary{err}
}

func (s SMTP) client(ctx context.Context) (*mail.Client, error) {
	port, timeout := s.Port, s.Timeout
	if port == 0 {
		port = 587
	}
	if timeout <= 0 {
		timeout = 15 * time.Second
	}
	// go-mail minds the context while connecting only; cutting the connection makes it mind it later too. (With TLS from
	// the first byte it must dial itself to know that passwords are safe; there its own time limits have to do.)
	dial := func(dialing context.Context, network, address string) (net.Conn, error) {
		dialer := net.Dialer{Timeout: timeout}
		conn, err := dialer.DialContext(dialing, network, address)
		if err != nil {
			return nil, err
		}
		return &guardedConn{conn, context.AfterFunc(ctx, func() { conn.Close() })}, nil
	}
	options := []mail.Option{mail.WithPort(port), mail.WithTimeout(timeout), mail.WithHELO(s.domain()), mail.WithoutNoop()}
	switch s.Security {
	case StartTLS:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory), mail.WithDialContextFunc(dial))
	case TLS:
		options = append(options, mail.WithSSL())
	case PlainText:
		options = append(options, mail.WithTLSPolicy(mail.NoTLS), mail.WithDialContextFunc(dial))
	}
	if s.TLS != nil {
		options = append(options, mail.WithTLSConfig(s.TLS))
	}
	if s.Username != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(s.Username), mail.WithPassword(string(s.Password)))
	}
	return mail.NewClient(s.Host, options...)
}

// guardedConn takes the watch off the context when the connection is closed.
type guardedConn struct {
	net.Conn
	unwatch func() bool
}

func (c *guardedConn) Close() error {
	c.unwatch()
	return c.Conn.Close()
}

func (s SMTP) domain() string {
	if s.Domain == "" {
		return s.Host
	}
	return s.Domain
}

// message is the mail: text, with HTML beside it if given. Auto-Submitted keeps out-of-office replies away (RFC 3834).
func (s SMTP) message(m Message) (*mail.Msg, error) {
	message := mail.NewMsg()
	if err := message.From(s.From); err != nil {
		return nil, fmt.Errorf("sender: %w", err)
	}
	if err := message.To(m.To); err != nil {
		return nil, fmt.Errorf("recipient: %w", err)
	}
	message.Subject(oneLine(m.Subject))
	message.SetMessageIDWithValue(m.Key + "@" + s.domain())
	message.SetDate()
	message.SetGenHeader("Auto-Submitted", "auto-generated")
	message.SetGenHeader("X-Lianxin-Key", m.Key)
	if m.Urgent {
		message.SetImportance(mail.ImportanceHigh)
	}
	message.SetBodyString(mail.TypeTextPlain, m.Text)
	if m.HTML != "" {
		message.AddAlternativeString(mail.TypeTextHTML, m.HTML)
	}
	if m.Calendar != nil {
		attachCalendar(message, m)
	}
	return message, nil
}

// attachCalendar adds the calendar twice, as the programs want it: as the last alternative, which Outlook, Apple and Gmail
// show with its buttons, and as a file for those that know files only (RFC 6047 §2.4).
func attachCalendar(message *mail.Msg, m Message) {
	message.AddAlternativeString(mail.ContentType("text/calendar; method="+m.Method+"; component=VEVENT"), string(m.Calendar), mail.WithPartEncoding(mail.EncodingB64))
	message.AttachReadSeeker("invite.ics", bytes.NewReader(m.Calendar), mail.WithFileContentType("application/ics"))
}
