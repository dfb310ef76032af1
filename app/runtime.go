package app

import (
	"os"
	"runtime"
	"runtime/debug"

	"fanfare/storage"
)

// gcPercent lets two and a half times of what is alive, some 20 MB, lie about
// as garbage before it is collected. Go's own choice, 100, costs a drop a tenth
// of the processors.
const gcPercent = 250

// tuneRuntime sets for a server what Go's runtime leaves open, unless the
// environment does: GOGC and GOMAXPROCS.
func (a *App) tuneRuntime() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	// SQLite's writer waits for the disk inside this process, and the runtime
	// takes a while to notice that its processor is free. One more, and orders
	// come in meanwhile: measured, 12 % more of them on two processors.
	if os.Getenv("GOMAXPROCS") == "" && a.DB.Dialect() == storage.SQLite {
		runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + 1)
	}
}
