package app

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metricsHandler serves what the packages have registered, with Go's and the
// process's own figures.
func metricsHandler() http.Handler { return promhttp.Handler() }
