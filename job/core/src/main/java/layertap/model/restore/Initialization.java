package layertap.model.restore;

import java.io.Serializable;
import java.util.List;
import org.tensorflow.proto.NodeDef;

/**
 * What a session runs once, before the first batch: lookup tables are filled.
 *
 * @param nodes to add to the graph
 * @param variables whose values constants among the nodes take
 * @param targets names of the nodes to run
 * @param assets files that the tables are filled from
 */
public record Initialization(
    List<NodeDef> nodes,
    List<KeptVariable> variables,
    List<String> targets,
    List<AssetConstant> assets)
    implements Serializable {
  public Initialization {
    nodes = List.copyOf(nodes);
    variables = List.copyOf(variables);
    targets = List.copyOf(targets);
    assets = List.copyOf(assets);
  }
}
