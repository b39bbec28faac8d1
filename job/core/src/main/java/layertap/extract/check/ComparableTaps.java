package layertap.extract.check;

import java.util.ArrayList;
import java.util.List;
import layertap.graph.NodeDefs;
import layertap.graph.TensorId;
import layertap.model.cut.CutTap;
import layertap.model.cut.RunnableGraph;
import layertap.model.feed.FeedPlaceholder;
import org.tensorflow.proto.DataType;

/**
 * A model with the values of its taps in types that Java has.
 *
 * @param model with a cast behind each tap that needs one
 * @param fetches for each tap the tensor to fetch
 */
record ComparableTaps(RunnableGraph model, List<TensorId> fetches) {
  ComparableTaps {
    fetches = List.copyOf(fetches);
  }

  static ComparableTaps of(RunnableGraph model) {
    NodeDefs casts = new NodeDefs("layertap_check/");
    List<TensorId> fetches = new ArrayList<>();
    for (CutTap tap : model.taps()) {
      DataType type = FeedPlaceholder.fedType(tap.dtype());
      fetches.add(
          type == tap.dtype()
              ? tap.fetch()
              : casts.cast("tap_" + fetches.size(), tap.fetch(), tap.dtype(), type));
    }
    return new ComparableTaps(model.with(casts.nodes()), fetches);
  }
}
