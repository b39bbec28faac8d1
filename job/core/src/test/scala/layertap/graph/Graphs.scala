package layertap.graph

import com.google.protobuf.ByteString
import org.tensorflow.proto._
import scala.jdk.CollectionConverters._

/** Builds GraphDefs and FunctionDefs in code. */
object Graphs {
  val Float32: DataType = DataType.DT_FLOAT
  val Int32: DataType = DataType.DT_INT32
  val Bool: DataType = DataType.DT_BOOL
  val Resource: DataType = DataType.DT_RESOURCE
  val Text: DataType = DataType.DT_STRING

  val ops: OpDefinitions = OpDefinitions.registered

  /** The function that an attribute names. */
  final case class Func(name: String, attributes: (String, Any)*)

  /** The type that a caller of the function gives. */
  final case class TypeOf(placeholder: String)

  def graph(nodes: NodeDef*): GraphDef =
    new NodeDefs("").toGraph.toBuilder.addAllNode(nodes.asJava).build

  implicit class WithFunctions(val graph: GraphDef) extends AnyVal {
    def withFunctions(functions: FunctionDef*): GraphDef =
      graph.toBuilder
        .setLibrary(FunctionDefLibrary.newBuilder.addAllFunction(functions.asJava))
        .build
  }

  def names(graph: GraphDef): Seq[String] = graph.getNodeList.asScala.map(_.getName).toSeq

  def functionNames(graph: GraphDef): Seq[String] =
    graph.getLibrary.getFunctionList.asScala.map(_.getSignature.getName).toSeq

  def find(graph: GraphDef, name: String): NodeDef =
    graph.getNodeList.asScala
      .find(_.getName == name)
      .getOrElse(throw new NoSuchElementException(s"$name is not among ${names(graph)}"))

  def inputs(graph: GraphDef, name: String): Seq[String] =
    find(graph, name).getInputList.asScala.toSeq

  def node(name: String, op: String, inputs: String*): NodeDef =
    NodeDef.newBuilder.setName(name).setOp(op).addAllInput(inputs.asJava).build

  implicit class WithAttributes(val node: NodeDef) extends AnyVal {
    def having(attributes: (String, Any)*): NodeDef = {
      val copy = node.toBuilder
      attributes.foreach { case (name, value) => copy.putAttr(name, attribute(value)) }
      copy.build
    }
  }

  def attribute(value: Any): AttrValue = {
    val built = AttrValue.newBuilder
    value match {
      case dtype: DataType        => built.setType(dtype)
      case TypeOf(placeholder)    => built.setPlaceholder(placeholder)
      case flag: Boolean          => built.setB(flag)
      case number: Int            => built.setI(number.toLong)
      case number: Float          => built.setF(number)
      case text: String           => built.setS(ByteString.copyFromUtf8(text))
      case shape: TensorShape     => built.setShape(shape.toProto)
      case tensor: TensorProto    => built.setTensor(tensor)
      case Func(name, attrs @ _*) => built.setFunc(toProto(name, attrs))
      case list: Seq[_]           => built.setList(toList(list))
    }
    built.build
  }

  private def toList(values: Seq[Any]): AttrValue.ListValue = {
    val list = AttrValue.ListValue.newBuilder
    values.foreach {
      case dtype: DataType        => list.addType(dtype)
      case number: Int            => list.addI(number.toLong)
      case shape: TensorShape     => list.addShape(shape.toProto)
      case Func(name, attrs @ _*) => list.addFunc(toProto(name, attrs))
    }
    list.build
  }

  private def toProto(name: String, attributes: Seq[(String, Any)]): NameAttrList = {
    val built = NameAttrList.newBuilder.setName(name)
    attributes.foreach { case (key, value) => built.putAttr(key, attribute(value)) }
    built.build
  }

  def shape(sizes: Long*): TensorShape = TensorShape.of(sizes.map(Long.box).asJava)

  def placeholder(name: String, dtype: DataType = Float32): NodeDef =
    node(name, "Placeholder").having("dtype" -> dtype, "shape" -> TensorShape.unknown)

  def tensor(sizes: Long*)(values: Float*): TensorProto =
    TensorProto.newBuilder
      .setDtype(Float32)
      .setTensorShape(shape(sizes: _*).toProto)
      .addAllFloatVal(values.map(Float.box).asJava)
      .build

  def const(name: String, value: Float): NodeDef =
    node(name, "Const").having("dtype" -> Float32, "value" -> tensor()(value))

  /** A scalar, or a vector of two and more. */
  def intConst(name: String, values: Int*): NodeDef = {
    val sizes = if (values.length == 1) Seq() else Seq(values.length.toLong)
    val tensor = TensorProto.newBuilder.setDtype(Int32).setTensorShape(shape(sizes: _*).toProto)
    node(name, "Const").having(
      "dtype" -> Int32,
      "value" -> tensor.addAllIntVal(values.map(scala.Int.box).asJava).build
    )
  }

  def boolConst(name: String, value: Boolean): NodeDef = {
    val tensor = TensorProto.newBuilder.setDtype(Bool).setTensorShape(shape().toProto)
    node(name, "Const").having("dtype" -> Bool, "value" -> tensor.addBoolVal(value).build)
  }

  /** A vector. */
  def stringConst(name: String, values: String*): NodeDef = {
    val tensor = TensorProto.newBuilder.setDtype(Text)
    tensor.setTensorShape(shape(values.length.toLong).toProto)
    values.foreach(value => tensor.addStringVal(ByteString.copyFromUtf8(value)))
    node(name, "Const").having("dtype" -> Text, "value" -> tensor.build)
  }

  def handle(name: String, sizes: Long*): NodeDef =
    node(name, "VarHandleOp")
      .having("dtype" -> Float32, "shape" -> shape(sizes: _*), "shared_name" -> name)

  def read(name: String, handle: String): NodeDef =
    node(name, "ReadVariableOp", handle).having("dtype" -> Float32)

  def identity(name: String, inputs: String*): NodeDef =
    node(name, "Identity", inputs: _*).having("T" -> Float32)

  def float(name: String, op: String, inputs: String*): NodeDef =
    node(name, op, inputs: _*).having("T" -> Float32)

  def int(name: String, op: String, inputs: String*): NodeDef =
    node(name, op, inputs: _*).having("T" -> Int32)

  /** A call of a function of floats. */
  def call(name: String, function: String, inputs: String*): NodeDef =
    node(name, "StatefulPartitionedCall", inputs: _*).having(
      "f" -> Func(function),
      "Tin" -> inputs.filterNot(TensorId.isControl).map(_ => Float32),
      "Tout" -> Seq(Float32)
    )

  type Argument = (String, DataType)

  /** `function("f", "x" -> Float32)(nodes)("y" -> Float32 -> "add:z:0")` */
  def function(name: String, arguments: Argument*)(nodes: NodeDef*)(
      returned: (Argument, String)*
  ): FunctionDef = {
    val signature = OpDef.newBuilder.setName(name)
    arguments.foreach(argument => signature.addInputArg(toProto(argument)))
    returned.foreach { case (argument, _) => signature.addOutputArg(toProto(argument)) }
    val built = FunctionDef.newBuilder.setSignature(signature).addAllNodeDef(nodes.asJava)
    returned.foreach { case ((output, _), tensor) => built.putRet(output, tensor) }
    built.build
  }

  /** A function of one float that is called `x` inside. */
  def unary(name: String)(nodes: NodeDef*)(returned: String): FunctionDef =
    function(name, "x" -> Float32)(nodes: _*)("y" -> Float32 -> returned)

  def reluFunction(name: String): FunctionDef =
    unary(name)(float("relu", "Relu", "x"))("relu:activations:0")

  private def toProto(argument: Argument): OpDef.ArgDef =
    OpDef.ArgDef.newBuilder.setName(argument._1).setType(argument._2).build
}
