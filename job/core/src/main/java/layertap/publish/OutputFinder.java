package layertap.publish;

import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import layertap.failure.OutputBusyException;

/** Finds an output as the next run would find it, and changes nothing. */
public final class OutputFinder {
  private final OutputStore store;
  private final OutputPlaces places;
  private final Lease lease;
  private final Transfer transfer;

  private OutputFinder(OutputStore store, String target, Duration leaseDuration, Clock clock) {
    this.store = store;
    this.places = new OutputPlaces(target, "");
    this.lease = new Lease(store, places, leaseDuration, clock);
    this.transfer = new Transfer(store, places, lease);
  }

  /**
   * Where that lies which the next run finds as the output: at its path, or beside it where a dead
   * run left it and the next run puts it back or in.
   *
   * @param target the output's path, without a slash at its end
   * @param leaseDuration after which a run that is not heard of counts as dead
   * @throws OutputBusyException if another run is on it
   */
  public static String find(OutputStore store, String target, Duration leaseDuration) {
    return find(store, target, leaseDuration, Clock.systemUTC());
  }

  static String find(OutputStore store, String target, Duration leaseDuration, Clock clock) {
    OutputFinder finder = new OutputFinder(store, target, leaseDuration, clock);
    finder.lease.requireNoLiveHolder();
    return finder.decided().or(finder::old).orElse(target);
  }

  /** Files that a dead run decided to publish; its manifest tells of those that stay, too. */
  private Optional<String> decided() {
    return store
        .read(places.decision())
        .map(text -> Decision.parse(text, places))
        .filter(transfer::isWhole)
        .map(decision -> places.of(decision.runId()))
        .filter(run -> store.exists(run.stagedManifest()))
        .map(OutputPlaces::staged);
  }

  /** An output that a dead run put aside. */
  private Optional<String> old() {
    return store.exists(places.target())
        ? Optional.empty()
        : transfer.leftovers().stream().filter(OutputPlaces::isOld).findFirst();
  }
}
