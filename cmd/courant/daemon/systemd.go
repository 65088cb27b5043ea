package daemon

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/coreos/go-systemd/v22/activation"
	sd "github.com/coreos/go-systemd/v22/daemon"
)

// What we tell the service manager (sd_notify(3)).
const (
	ready     = sd.SdNotifyReady
	stopping  = sd.SdNotifyStopping
	reloading = sd.SdNotifyReloading
)

// notify tells the service manager, where there is one, how we stand.
func notify(log *slog.Logger, state string) {
	if state == reloading { // Type=notify-reload wants to know since when
		if now, ok := monotonic(); ok {
			state += fmt.Sprintf("\nMONOTONIC_USEC=%d", now.Microseconds())
		}
	}
	if _, err := sd.SdNotify(false, state); err != nil {
		log.Warn("the service manager was not told", "err", err)
	}
}

// watchdog tells the service manager that we live, twice in the time it allows
// us, as long as alive says so; the manager restarts who falls silent. Without
// a watchdog it returns at once.
func watchdog(ctx context.Context, log *slog.Logger, alive func(context.Context) error) {
	every, err := sd.SdWatchdogEnabled(false)
	if err != nil {
		log.Warn("there will be no watchdog", "err", err)
	}
	if err != nil || every == 0 {
		return
	}
	every /= 2
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		asked, cancel := context.WithTimeout(ctx, every)
		if err := alive(asked); err != nil {
			log.Warn("no sign of life for the watchdog", "err", err)
		} else {
			notify(log, sd.SdNotifyWatchdog)
		}
		cancel()
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// handedListeners are the sockets that the service manager opened for us, none
// where it did not.
func handedListeners() ([]net.Listener, error) {
	all, err := activation.Listeners()
	if err != nil {
		return nil, fmt.Errorf("take over sockets: %w", err)
	}
	for i, l := range all {
		if l == nil {
			return nil, fmt.Errorf("take over sockets: number %d listens to no stream", i+1)
		}
	}
	return all, nil
}
