package app

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
)

// bar shows progress on a terminal, in place; elsewhere it is silent.
type bar struct {
	out   io.Writer // nil where nobody watches
	total int64
	done  atomic.Int64
}

const barWidth = 24

func newBar(out io.Writer, total int) *bar {
	b := &bar{total: int64(total)}
	if file, ok := out.(*os.File); ok {
		if info, err := file.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			b.out = out
		}
	}
	return b
}

// step notes one thing done. It writes only when the picture changes.
func (b *bar) step() {
	done := b.done.Add(1)
	if b.out == nil || done*barWidth/b.total == (done-1)*barWidth/b.total {
		return
	}
	filled := int(done * barWidth / b.total)
	picture := strings.Repeat("█", filled) + strings.Repeat("░", barWidth-filled)
	if done == b.total {
		picture = strings.Repeat(" ", barWidth) // the act's time takes its place
	}
	fmt.Fprintf(b.out, "%s\x1b[%dD", picture, barWidth)
}
