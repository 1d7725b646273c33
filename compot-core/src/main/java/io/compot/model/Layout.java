package io.compot.model;

/** What the positions of a row are, where they do not just stand one behind the other. */
public sealed interface Layout permits PatchLayout, TokenLayout {}
