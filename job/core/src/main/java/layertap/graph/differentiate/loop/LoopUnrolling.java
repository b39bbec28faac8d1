package layertap.graph.differentiate.loop;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import layertap.failure.GraphException;
import layertap.graph.GraphIndex;
import layertap.graph.Ops;
import layertap.graph.TensorId;
import layertap.graph.differentiate.path.GradientPaths;
import layertap.graph.differentiate.path.Rewriting;
import layertap.graph.differentiate.value.ShapeInference;
import layertap.graph.differentiate.value.SmallTensor;
import layertap.graph.differentiate.value.StaticValues;
import layertap.graph.rewrite.Substitution;
import org.tensorflow.proto.DataType;

/**
 * Unrolls the loops through which a gradient flows, one after the other: how many steps one has may
 * follow from what another gives. Of branches the one stays that runs.
 */
public final class LoopUnrolling {
  private static final String OPEN =
      "the number of its steps is not known before a row is read; a loop must have a fixed number; if"
          + " it is over a sequence, feed that with max-length, and pad other than none";

  private final Rewriting rewriting;
  private final ShapeInference inference;

  private LoopUnrolling(Rewriting rewriting, ShapeInference inference) {
    this.rewriting = rewriting;
    this.inference = inference;
  }

  /** Unrolls what can be, and notes why a loop cannot. */
  public static void unroll(Rewriting rewriting, ShapeInference inference) {
    if (hasLoops(rewriting.graph())) {
      new LoopUnrolling(rewriting, inference).unroll();
    }
  }

  private static boolean hasLoops(GraphIndex graph) {
    return graph.graph().getNodeList().stream()
        .anyMatch(
            node ->
                Ops.calls(node) == Ops.Calls.LOOP
                    || Branches.isBranch(node)
                    || Ops.isFrameOrBranch(node)
                    || TensorLists.isOfLists(node));
  }

  private void unroll() {
    boolean grows = true;
    while (grows) {
      StaticValues values = ListLengths.valuesOf(rewriting.graph(), inference);
      grows = TensorLists.replace(rewriting, values) || Branches.replaceOne(rewriting, values);
      if (!grows) {
        grows = unrollOne(values);
      }
    }
  }

  private boolean unrollOne(StaticValues values) {
    for (Loop loop : loops()) {
      List<Optional<SmallTensor>> known = new ArrayList<>();
      loop.inputs().forEach(input -> known.add(values.of(input)));
      try {
        Optional<LoopUnroller.Unrolled> unrolled = new LoopUnroller(loop, known).unroll();
        if (unrolled.isPresent()) {
          replace(loop, unrolled.get());
          return true;
        }
        refuse(loop, OPEN);
      } catch (GraphException e) {
        refuse(loop, e.getMessage());
      } catch (LoopUnroller.TooLongException e) {
        refuse(
            loop,
            String.format(
                Locale.ROOT, "its steps have more than %,d nodes", LoopUnroller.MAX_NODES));
      }
    }
    return false;
  }

  private void replace(Loop loop, LoopUnroller.Unrolled unrolled) {
    Substitution changes = new Substitution();
    changes.add(unrolled.nodes());
    GraphIndex graph = rewriting.graph();
    loop.outputs()
        .forEach(
            (output, variable) -> {
              TensorId result = unrolled.results().get(variable);
              DataType dtype = graph.type(output);
              String name = "%s/layertap_result_%s".formatted(loop.name(), variable);
              // The steps take the result too: it must not be one tensor with what leaves the loop.
              changes.replace(
                  output,
                  dtype == DataType.DT_VARIANT ? result : changes.addIdentity(name, result, dtype));
            });
    rewriting.apply(changes);
  }

  private void refuse(Loop loop, String reason) {
    loop.nodes().forEach(node -> rewriting.refuse(node, reason));
  }

  /** The loops on the paths, as far as they can be read. */
  private List<Loop> loops() {
    GraphIndex graph = rewriting.graph();
    GradientPaths paths = rewriting.paths();
    List<Loop> loops = new ArrayList<>();
    for (int position : paths.nodes()) {
      if (Ops.calls(graph.node(position)) == Ops.Calls.LOOP) {
        try {
          loops.add(Loop.ofWhile(graph, position));
        } catch (GraphException e) {
          rewriting.refuse(graph.node(position).getName(), e.getMessage());
        }
      }
    }
    for (Map.Entry<String, List<Integer>> frame : FrameLoops.frames(graph).entrySet()) {
      try {
        Loop loop = FrameLoops.of(graph, frame.getKey(), frame.getValue());
        if (loop.nodes().stream().anyMatch(node -> paths.isOn(graph.require(node)))) {
          loops.add(loop);
        }
      } catch (GraphException e) {
        frame
            .getValue()
            .forEach(enter -> rewriting.refuse(graph.node(enter).getName(), e.getMessage()));
      }
    }
    return loops;
  }
}
