package sandbox

import (
	"encoding/json"
	"net"
	"net/http"
	"strconv"
	"time"
)

// answer is what a network would say.
type answer struct {
	status int
	header http.Header // nil is none
	body   []byte
}

// jsonAnswer encodes v, which must be encodable.
func jsonAnswer(status int, v any) answer {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return answer{status, http.Header{"Content-Type": {"application/json; charset=utf-8"}}, body}
}

// badGateway is the page that a proxy sends when it cannot reach the network.
var badGateway = answer{http.StatusBadGateway, http.Header{"Content-Type": {"text/html"}},
	[]byte("<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n")}

// write sends the answer.
func (a answer) write(w http.ResponseWriter) {
	a.head(w)
	_, _ = w.Write(a.body) // a client that left needs no answer
}

func (a answer) head(w http.ResponseWriter) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
}

// perform serves one call under a fault, which may be none: do is what the
// network does and answers, refuse how it words a fault of its own. The
// request's body must have been read, or a client that leaves goes unnoticed.
func perform(w http.ResponseWriter, r *http.Request, fault Fault, do func() answer, refuse func(FaultKind) answer) {
	if fault.Accepted {
		done := do()
		do = func() answer { return done }
	}
	switch fault.Kind {
	case "", Lag, Skew:
		do().write(w)
	case Latency:
		if hold(r.Context(), fault.wait()) {
			do().write(w)
		}
	case Reset:
		reset(w)
	case Timeout:
		patience := fault.wait()
		if patience == 0 {
			patience = 30 * time.Second
		}
		hold(r.Context(), patience)
		reset(w)
	case Truncated:
		truncate(w, do())
	case BadGateway:
		badGateway.write(w)
	default:
		refuse(fault.Kind).write(w)
	}
}

// reset cuts the connection so that the client sees a reset, not an end.
func reset(w http.ResponseWriter) {
	hijacker, ok := w.(http.Hijacker)
	if !ok {
		panic(http.ErrAbortHandler)
	}
	conn, _, err := hijacker.Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// truncate promises the whole answer, sends half of it and leaves.
func truncate(w http.ResponseWriter, a answer) {
	a.head(w)
	_, _ = w.Write(a.body[:len(a.body)/2])
	_ = http.NewResponseController(w).Flush() // else the half could stay in the buffer
	panic(http.ErrAbortHandler)
}
