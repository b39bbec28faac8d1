package layertap.model.layers

import org.tensorflow.proto.SavedObjectGraphOuterClass._
import org.tensorflow.proto.TensorShapeProto
import org.tensorflow.proto.TrackableObjectGraphOuterClass.TrackableObjectGraph.TrackableObject.ObjectReference

/** Object graphs made in code: each object with its children by name. */
object SavedObjects {
  def graph(objects: SavedObject*): SavedObjectGraph = {
    val built = SavedObjectGraph.newBuilder
    objects.foreach(built.addNodes(_))
    built.build
  }

  def node(children: (String, Int)*): SavedObject = {
    val built = SavedObject.newBuilder.setUserObject(
      SavedUserObject.newBuilder.setIdentifier("_generic_user_object")
    )
    children.foreach { case (name, id) =>
      built.addChildren(ObjectReference.newBuilder.setLocalName(name).setNodeId(id))
    }
    built.build
  }

  def variable(name: String, sizes: Int*): SavedObject = {
    val shape = TensorShapeProto.newBuilder
    sizes.foreach(size => shape.addDim(TensorShapeProto.Dim.newBuilder.setSize(size)))
    SavedObject.newBuilder
      .setVariable(SavedVariable.newBuilder.setName(name).setShape(shape))
      .build
  }

  /** What `model.export` keeps: the root lists variables and nothing else. */
  def exported(variables: SavedObject*): SavedObjectGraph = {
    val list = node(variables.indices.map(i => s"$i" -> (i + 2)): _*)
    val root = node("variables" -> 1, "_misc_assets" -> (variables.size + 2))
    graph(Seq(root, list) ++ variables :+ node(): _*)
  }
}
