package layertap.model.layers;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import layertap.model.layers.Topology.Element;

/** A call that a topology names, and what the solver has found out about it. */
final class TopologyCall {
  /** The call sites of one layer inside one call of its model, shared by its calls. */
  static final class Sites {
    final List<CallSite> all;
    final List<CallSite> free;

    Sites(List<CallSite> sites) {
      all = List.copyOf(sites);
      free = new ArrayList<>(sites);
    }
  }

  final Element element;
  final String path;
  final List<Wire> inputs;
  final Map<Integer, Wire> outputs = new TreeMap<>();
  final Sites sites;
  CallSite site;
  boolean outputsAreSet;

  TopologyCall(Element element, String path, List<Wire> inputs, Sites sites) {
    this.element = element;
    this.path = path;
    this.inputs = inputs;
    this.sites = sites;
  }

  Wire output(int position) {
    return outputs.computeIfAbsent(position, key -> new Wire());
  }

  boolean hasOps() {
    return !sites.all.isEmpty();
  }
}
