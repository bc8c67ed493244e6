package web

import (
	"fmt"
	"strings"

	"github.com/skip2/go-qrcode"
)

// qrCode is a QR code as one SVG path: Size modules square, quiet zone included.
type qrCode struct {
	Size int
	Path string
}

// drawQR encodes text with medium error correction (ISO/IEC 18004), which bears a crease in a printed slip.
func drawQR(text string) (*qrCode, error) {
	q, err := qrcode.New(text, qrcode.Medium)
	if err != nil {
		return nil, fmt.Errorf("qr code: %w", err)
	}
	rows := q.Bitmap()
	var b strings.Builder
	for y, row := range rows {
		for x := 0; x < len(row); x++ {
			if !row[x] {
				continue
			}
			from := x
			for x < len(row) && row[x] {
				x++
			}
			fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", from, y, x-from, x-from)
		}
	}
	return &qrCode{len(rows), b.String()}, nil
}
