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

// moreProcessors is how many goroutines may run beyond one for each processor.
// Who waits for the disk, or for a processor that another program has, holds up
// those that are in line behind it until the runtime notices. SQLite's writer
// does so in this process. Measured on two processors: 5 % more orders on SQLite,
// 3 % on PostgreSQL; four more are no better.
var moreProcessors = map[storage.Dialect]int{storage.SQLite: 2, storage.Postgres: 1}

// tuneRuntime sets for a server what Go's runtime leaves open, unless the
// environment does: GOGC and GOMAXPROCS.
func (a *App) tuneRuntime() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + moreProcessors[a.DB.Dialect()])
	}
}
