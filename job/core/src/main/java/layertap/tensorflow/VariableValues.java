package layertap.tensorflow;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import layertap.graph.NodeDefs;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import layertap.graph.rewrite.ComputedOnce;
import layertap.model.checkpoint.BundleEntry;
import layertap.model.checkpoint.RangeReads;
import layertap.model.cut.RunnableGraph;
import layertap.model.restore.KeptVariable;
import layertap.model.saved.ModelFiles;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * How the values of a model's variables come into its session. Constants take theirs in the graph,
 * of which TensorFlow makes several copies while it opens a session; so but for the smallest ones
 * values are assigned to variables instead, each streamed into the one place where it stays:
 *
 * <pre>
 *   Const w ─▶ MatMul     becomes     VarHandleOp ─▶ ReadVariableOp w ─▶ MatMul
 *                                        └▶ AssignVariableOp ◀─ Placeholder
 * </pre>
 *
 * <p>Variables that are still variables, as in the graph that a self-check compares with, are
 * assigned as well.
 */
final class VariableValues {
  /**
   * All values of a model of no more bytes are constants, as of ResNet50: oneDNN's kernels keep
   * only constants in their own layout, and bring what is read from a variable into it at each run.
   */
  private static final long SMALL_MODEL_BYTES = 100L << 20;

  /** Of a larger model the smallest values, up to so many bytes together, are constants. */
  private static final long CONSTANT_BYTES = 64L << 20;

  /** Of constants: in the graph, in what is made of it for the session, in the kernels. */
  private static final int COPIES = 12;

  /** Handles without it are all of one variable. */
  private static final String SHARED_NAME = "shared_name";

  private final List<Streamed> streamed = new ArrayList<>();
  private final Map<BundleEntry, List<String>> constants = new LinkedHashMap<>();
  private final List<String> assignments = new ArrayList<>();
  private final NodeDefs added = new NodeDefs("");
  private final Set<String> reads = new HashSet<>();
  private final long largestConstant;
  private final ComputedOnce graph;

  /** A value that is fed to {@code placeholder} while {@code assignment} runs. */
  private record Streamed(BundleEntry entry, String placeholder, String assignment) {}

  VariableValues(RunnableGraph model) {
    this(model, mostConstantBytes(model));
  }

  /**
   * The same with another bound.
   *
   * @param constantBytes the smallest values, up to so many bytes together, are constants
   */
  VariableValues(RunnableGraph model, long constantBytes) {
    this.largestConstant = largestConstant(model, constantBytes);
    Map<String, KeptVariable> variables = new HashMap<>();
    model.variables().forEach(variable -> variables.put(variable.node(), variable));
    GraphDef.Builder open = model.graph().toBuilder();
    for (NodeDef.Builder node : open.getNodeBuilderList()) {
      KeptVariable variable = variables.get(node.getName());
      if (variable != null) {
        arrange(node, variable.entry());
      }
    }
    Set<String> fetched =
        model.taps().stream().map(tap -> tap.fetch().node()).collect(Collectors.toSet());
    this.graph = new ComputedOnce(open.addAllNode(added.nodes()).build(), reads, fetched);
  }

  private static long mostConstantBytes(RunnableGraph model) {
    return model.variableBytes() > SMALL_MODEL_BYTES ? CONSTANT_BYTES : SMALL_MODEL_BYTES;
  }

  private static long largestConstant(RunnableGraph model, long constantBytes) {
    long largest = -1;
    long sum = 0;
    for (long length : lengths(model)) {
      sum += length;
      if (sum > constantBytes) {
        // As large as the first one beyond the bound: all of that size are streamed.
        return Math.min(largest, length - 1);
      }
      largest = length;
    }
    return Long.MAX_VALUE;
  }

  private static long[] lengths(RunnableGraph model) {
    return model.variables().stream()
        .mapToLong(variable -> variable.entry().length())
        .sorted()
        .toArray();
  }

  /** About the most memory that values take while a session is opened. */
  static long openingBytes(RunnableGraph model) {
    long constants = constantBytes(model);
    long streamed = model.variableBytes() - constants;
    return COPIES * constants + streamed + (streamed > 0 ? 2L * RangeReads.MERGED_LENGTH : 0);
  }

  /** No less than what values take once a session is open. */
  static long leastBytes(RunnableGraph model) {
    return model.variableBytes() + constantBytes(model);
  }

  private static long constantBytes(RunnableGraph model) {
    long largest = largestConstant(model, mostConstantBytes(model));
    return model.variables().stream()
        .map(KeptVariable::entry)
        .filter(entry -> entry.length() <= largest || !entry.canStream())
        .mapToLong(BundleEntry::length)
        .sum();
  }

  private void arrange(NodeDef.Builder node, BundleEntry entry) {
    String name = node.getName();
    switch (node.getOp()) {
      case "VarHandleOp" -> {
        if (node.getAttrOrDefault(SHARED_NAME, AttrValue.getDefaultInstance()).getS().isEmpty()) {
          ByteString own = ByteString.copyFromUtf8(name);
          node.putAttr(SHARED_NAME, AttrValue.newBuilder().setS(own).build());
        }
        assign(name, "AssignVariableOp", "dtype", entry);
      }
      case "VariableV2", "Variable" -> assign(name, "Assign", "T", entry);
      default -> {
        if (!isStreamed(entry)) {
          takeValue(name, entry);
          return;
        }
        String handle = name + "/layertap_variable";
        added
            .node("VarHandleOp", handle)
            .attribute("dtype", entry.dtype())
            .attribute("shape", TensorShape.of(entry.shape()))
            .attribute(SHARED_NAME, handle)
            .add();
        node.setOp("ReadVariableOp").addInput(handle);
        reads.add(name);
        assign(handle, "AssignVariableOp", "dtype", entry);
      }
    }
  }

  private boolean isStreamed(BundleEntry entry) {
    return entry.length() > largestConstant && entry.canStream();
  }

  private void takeValue(String constant, BundleEntry entry) {
    constants.computeIfAbsent(entry, key -> new ArrayList<>()).add(constant);
  }

  private void assign(String variable, String op, String typeAttribute, BundleEntry entry) {
    NodeDefs.Node value =
        added
            .node(isStreamed(entry) ? "Placeholder" : "Const", variable + "/layertap_value")
            .attribute("dtype", entry.dtype());
    String assignment = variable + "/layertap_assignment";
    TensorId assigned;
    if (isStreamed(entry)) {
      assigned = value.attribute("shape", TensorShape.of(entry.shape())).add();
      streamed.add(new Streamed(entry, assigned.node(), assignment));
    } else {
      assigned = value.add();
      takeValue(assigned.node(), entry);
      assignments.add(assignment);
    }
    added
        .node(op, assignment, new TensorId(variable, 0), assigned)
        .attribute(typeAttribute, entry.dtype())
        .add();
  }

  /** The graph, its constants still without values. */
  GraphDef graph() {
    return graph.graph();
  }

  /** The entries that constants take, each once. */
  Set<BundleEntry> constants() {
    return constants.keySet();
  }

  /** The constants that take an entry. */
  List<String> constantsOf(BundleEntry entry) {
    return constants.get(entry);
  }

  /** Gives all variables their values; one large value at a time is in memory twice. */
  void assign(Session session, ModelFiles files) {
    if (!assignments.isEmpty()) {
      run(session, runner -> assignments.forEach(runner::addTarget));
    }
    for (Streamed value : streamed) {
      try (Tensor tensor = StreamedTensor.read(value.entry, files)) {
        run(session, runner -> runner.feed(value.placeholder, tensor).addTarget(value.assignment));
      }
    }
    for (String target : graph.targets()) {
      run(session, runner -> runner.addTarget(target));
    }
  }

  /** A run that fetches nothing. */
  private static void run(Session session, Consumer<Session.Runner> targets) {
    Session.Runner runner = session.runner().setOptions(OpThreads.inCallersThread());
    targets.accept(runner);
    runner.run().close();
  }
}
