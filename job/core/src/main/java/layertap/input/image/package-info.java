/** Decodes, resizes and preprocesses images as TensorFlow and Keras do. */
package layertap.input.image;
