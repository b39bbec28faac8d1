package layertap.model.layers.call;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import layertap.graph.GraphIndex;
import layertap.graph.Ops;
import layertap.model.layers.Region;

/**
 * Fits the call sites that were seen to the number of calls that there are. Where Keras 2 calls a
 * layer twice in a row, as in {@code act(act(x))}, nothing was traced between and both calls look
 * like one site; its ops then repeat themselves.
 */
public final class CallSplitter {
  private CallSplitter() {}

  /**
   * The sites of {@code callCount} calls; the sites as they are where they cannot be told apart.
   */
  public static List<CallSite> split(List<CallSite> sites, int callCount, GraphIndex graph) {
    if (callCount == 0 || sites.isEmpty() || sites.size() == callCount) {
      return sites;
    }
    if (callCount == 1) {
      return List.of(new CallSite(sites.get(0).scope(), union(sites)));
    }
    int size = sites.stream().mapToInt(site -> site.region().size()).sum();
    int length = size / callCount;
    boolean areEqual =
        size % callCount == 0
            && sites.stream()
                .map(CallSite::region)
                .allMatch(region -> repeats(region, length, graph));
    if (!areEqual) {
      return sites;
    }
    List<CallSite> split = new ArrayList<>();
    sites.forEach(site -> split.addAll(parts(site, length)));
    return split;
  }

  /**
   * The shortest parts of a site that run the same ops on the same variables in the same order:
   * each may be a call of its own. The site itself if there are none.
   */
  static List<CallSite> periods(CallSite site, GraphIndex graph) {
    Region region = site.region();
    for (int length = 1; length <= region.size() / 2; length++) {
      if (repeats(region, length, graph)) {
        return parts(site, length);
      }
    }
    return List.of(site);
  }

  private static List<CallSite> parts(CallSite site, int length) {
    List<CallSite> parts = new ArrayList<>();
    for (int from = 0; from < site.region().size(); from += length) {
      parts.add(new CallSite(site.scope(), site.region().slice(from, from + length)));
    }
    return parts;
  }

  private static Region union(List<CallSite> sites) {
    return new Region(
        sites.stream()
            .flatMapToInt(site -> Arrays.stream(site.region().positions()))
            .sorted()
            .toArray());
  }

  /** Whether the site consists of parts of a length that run the same ops in the same order. */
  private static boolean repeats(Region region, int length, GraphIndex graph) {
    if (length == 0 || region.size() % length != 0) {
      return false;
    }
    for (int i = length; i < region.size(); i++) {
      int earlier = region.at(i - length);
      String op = graph.node(region.at(i)).getOp();
      boolean readsAnother =
          Ops.readsVariable(graph.node(region.at(i)))
              && !Arrays.equals(graph.sources(region.at(i)), graph.sources(earlier));
      if (readsAnother || !op.equals(graph.node(earlier).getOp())) {
        return false;
      }
    }
    return true;
  }
}
